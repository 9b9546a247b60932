import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { choose } from './party-filter.ts';
import { expectAccessible, type Site } from './site.ts';
import { UNAVAILABLE } from './waiting.ts';

const TOMAS = 'grants/?as=tomas';
const REVOKE = '**/api/v1/oauth-grants/revoke';

/** How admins revoke many grants. */
export function testBulkRevoking(site: Site): void {
  const opened = async (query = '') => {
    const page = await site.open(`${TOMAS}${query}`);
    await page.locator('tbody tr').first().waitFor();
    return page;
  };
  const total = async (query = ''): Promise<number> =>
    (await site.ask('tomas', `/api/v1/oauth-grants?limit=1${query}`)).total_count;
  const announced = (page: Page, text: RegExp) => page.locator('.notice').getByText(text).waitFor();
  const boxes = (page: Page) => page.locator('tbody').getByRole('checkbox');

  it('revokes what is selected, once that is confirmed', async () => {
    const page = await opened();
    const before = await total();
    for (const index of [0, 1, 2]) await boxes(page).nth(index).check();
    expect(await page.locator('.toolbar [role=status]').textContent()).toBe('3 grants of this page selected');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Revoke selected…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke 3 grants?' });
    await dialog.getByText(/^This revokes \d+ tokens of 3 grants\.$/).waitFor();
    expect(await dialog.getByRole('listitem').count()).toBe(3);
    expect(await total()).toBe(before);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Revoke 3 grants' }).click();
    await announced(page, /^Revoked: \d+ tokens and 0 consents\.$/);
    expect(await total()).toBe(before - 3);
    await eventually(async () =>
      expect(await page.locator('.paging p').textContent()).toContain(` of ${before - 3}`),
    );
    expect(await boxes(page).count()).toBe(25);
    expect(await page.locator('tbody :checked').count()).toBe(0);
    await expectAccessible(page);
  });

  it('selects all of a page, or none', async () => {
    const page = await opened('&status=all');
    const all = page.getByRole('checkbox', { name: 'Select all on this page' });
    await all.check();
    const revoked = await page.locator('tbody [data-status=revoked]').count();
    expect(revoked).toBeGreaterThan(0);
    expect(await page.locator('tbody :checked').count()).toBe(25 - revoked);
    await page.locator('tbody :checked').first().uncheck();
    expect(await all.evaluate((box) => box instanceof HTMLInputElement && box.indeterminate)).toBe(true);
    await page.getByRole('button', { name: 'Clear the selection' }).click();
    expect(await page.locator('tbody :checked').count()).toBe(0);
    expect(await focused(page)).toMatch(/^[\d,]+ grants$/);
  });

  it('revokes with the keyboard alone, the consents too', async () => {
    const page = await opened('&client_id=vts_abc123');
    const before = await total('&client_id=vts_abc123');
    await tabTo(page, /^Select Claude Code, /);
    await page.keyboard.press('Space');
    await tabTo(page, 'Revoke selected…', 'Shift+Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke 1 grant?' });
    await dialog.waitFor();
    expect(await focused(page)).toBe('Cancel');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('Revoke selected…');
    expect(await total('&client_id=vts_abc123')).toBe(before);

    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await tabTo(page, /^Revoke the consents/, 'Shift+Tab');
    await page.keyboard.press('Space');
    await dialog.getByText(/^This revokes \d+ tokens? and \d consents? of 1 grant\.$/).waitFor();
    await tabTo(page, 'Revoke 1 grant');
    await page.keyboard.press('Enter');
    await announced(page, /^Revoked: \d+ tokens? and \d consents?\.$/);
    await eventually(async () => expect(await focused(page)).toBe('Grants'));
    expect(await total('&client_id=vts_abc123')).toBe(before - 1);
  });

  it('revokes all that match, on every page, and tells how many before', async () => {
    const matching = await total('&resource=https://mcp.vertesia.io/');
    const before = await total();
    expect(matching).toBeGreaterThan(25);
    const page = await opened('&resource=https://mcp.vertesia.io/');
    await page.getByRole('button', { name: 'Revoke all that match…' }).click();
    const dialog = page.getByRole('dialog', { name: `Revoke ${matching} grants?` });
    expect(await dialog.getByRole('definition').allTextContents()).toEqual([
      'active',
      'https://mcp.vertesia.io/',
    ]);
    await dialog.getByRole('checkbox').check();
    const said = dialog.getByText(
      new RegExp(`^This revokes \\d+ tokens and [1-9]\\d* consents of ${matching} grants`),
    );
    const [tokens, consents] = (await said.textContent())?.match(/\d+/g) ?? [];
    await expectAccessible(page);
    await dialog.getByRole('button', { name: `Revoke ${matching} grants` }).click();
    await announced(page, new RegExp(`^Revoked: ${tokens} tokens and ${consents} consents\\.$`));
    await page.getByRole('heading', { name: 'No grants' }).waitFor();
    expect(await total()).toBe(before - matching);
  });

  it('offers that for no fewer than one filter, and for nothing that is revoked already', async () => {
    const button = (page: Page) => page.getByRole('button', { name: 'Revoke all that match…' });
    expect(await button(await opened()).count()).toBe(0);
    expect(await button(await opened('&client_id=vts_cli&status=revoked')).count()).toBe(0);
    expect(await button(await opened('&client_id=vts_cli')).count()).toBe(1);
  });

  it('does not offer it before it is known how many match', async () => {
    const page = await opened();
    await page.route('**/api/v1/oauth-grants?*', () => {});
    await choose(page, 'vts_cli');
    await page.locator('table[aria-busy=true]').waitFor();
    expect(await page.getByRole('button', { name: 'Revoke all that match…' }).count()).toBe(0);
  });

  it('revokes nothing where the grants have changed, says how, and revokes what is shown then', async () => {
    const page = await opened('&client_id=vts_cli');
    const before = await total('&client_id=vts_cli');
    await page.getByRole('button', { name: 'Revoke all that match…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(`of ${before} grants.`).waitFor();
    expect(await dialog.getByRole('definition').allTextContents()).toEqual([
      'active',
      'Vertesia CLI vts_cli',
    ]);
    const [{ grant_id }] = (await site.ask('tomas', '/api/v1/oauth-grants?limit=1&client_id=vts_cli')).grants;
    await site.call('tomas', 'DELETE', `/api/v1/oauth-grants/${grant_id}`);
    await tabTo(page, `Revoke ${before} grants`);
    await page.keyboard.press('Enter');
    await dialog
      .getByRole('alert')
      .getByText('Nothing was revoked. The grants have changed since they were counted: 1 grant fewer.')
      .waitFor();
    await dialog.getByText(`of ${before - 1} grants.`).waitFor();
    expect(await total('&client_id=vts_cli')).toBe(before - 1);
    expect(await focused(page)).toBe(`Revoke ${before - 1} grants`);
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await announced(page, /^Revoked: \d+ tokens? and 0 consents\.$/);
    expect(await total('&client_id=vts_cli')).toBe(0);
  });

  it('waits for the counts before it revokes', async () => {
    const page = await opened();
    await page.route(REVOKE, () => {});
    await boxes(page).first().check();
    await page.getByRole('button', { name: 'Revoke selected…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('status').getByText('Counting what would be revoked…').waitFor();
    expect(await dialog.getByRole('button', { name: 'Revoke 1 grant' }).getAttribute('aria-disabled')).toBe(
      'true',
    );
    await expectAccessible(page);
  });

  it('keeps the dialog open when revoking fails, and revokes the second time', async () => {
    const page = await opened();
    const fail = () => page.route(REVOKE, (route) => site.answer(route, 503, UNAVAILABLE));
    const failed = () => dialog.getByRole('alert').getByText('request-of-the-test').waitFor();
    await fail();
    await boxes(page).first().check();
    await page.getByRole('button', { name: 'Revoke selected…' }).click();
    const dialog = page.getByRole('dialog');
    await failed();
    await expectAccessible(page);
    await page.unroute(REVOKE);
    await dialog.getByRole('button', { name: 'Count again' }).click();
    await dialog.getByText(/^This revokes /).waitFor();
    await fail();
    await dialog.getByRole('button', { name: 'Revoke 1 grant' }).click();
    await failed();
    await page.unroute(REVOKE);
    await dialog.getByRole('button', { name: 'Revoke 1 grant' }).click();
    await announced(page, /^Revoked: /);
  });
}
