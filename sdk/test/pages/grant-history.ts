import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';
import { UNAVAILABLE } from './waiting.ts';

const EVENTS = '**/api/v1/oauth-grants/audit-events?*';

/** The history of one grant, in its row. */
export function testGrantHistory(site: Site): void {
  /** A grant that was revoked with its consent, alone on the page. */
  const revoked = async () => {
    const [grant] = (await site.ask('tomas', '/api/v1/oauth-grants?limit=1&client_id=vts_zed')).grants;
    await site.call('tomas', 'DELETE', `/api/v1/oauth-grants/${grant.grant_id}?include_consent=true`);
    return grant;
  };
  const opened = async (user: string, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(`grants/?as=tomas&status=all&client_id=vts_zed&user_id=${user}`, prepare);
    await page.locator('tbody tr').first().waitFor();
    return page;
  };
  const happened = (page: Page) => page.locator('.history > li');

  it('opens with the keyboard, asks no sooner, and says what happened down to when it was granted', async () => {
    const { user_id } = await revoked();
    let asked = 0;
    const page = await opened(user_id, (page) =>
      page.route(EVENTS, (route) => {
        asked += 1;
        return route.continue();
      }),
    );
    await tabTo(page, /^Details of zed, /);
    expect(asked).toBe(0);
    await page.keyboard.press('Enter');
    await happened(page).first().waitFor();
    expect(asked).toBe(1);
    const details = page.locator('.details');
    expect(await details.getByRole('term').allTextContents()).toEqual([
      'Client',
      'User',
      'Account',
      'Project',
      'Resource',
      'Scope',
      'Status',
      'Refresh tokens',
      'Granted',
      'First token',
      'Last used',
      'Expires',
      'Grant id',
    ]);
    expect(await details.textContent()).toMatch(/zed\s+vts_zed/);
    const [revocation, grant] = await happened(page).allInnerTexts();
    expect(revocation).toMatch(
      /^just now\s+Revoked by Tomás Ferreira \(you\).*Requested\s+revokeOAuthGrant\s/s,
    );
    expect(grant).toMatch(/Granted by /);
    const button = page.getByRole('button', { name: /^Details of zed, / }).first();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    expect(await focused(page)).toMatch(/^Details of zed, /);
    await expectAccessible(page);

    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    expect(await happened(page).count()).toBe(0);
  });

  it('fits a screen that is 320 pixels wide, with the details of its grant', async () => {
    const page = await opened((await revoked()).user_id);
    await page
      .getByRole('button', { name: /^Details of zed, / })
      .first()
      .click();
    await happened(page).first().waitFor();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
  });

  it('tells what failed in the row, tries again, and leads to Audit', async () => {
    const { user_id } = await revoked();
    const page = await opened(user_id, (page) =>
      page.route(EVENTS, (route) => site.answer(route, 503, UNAVAILABLE)),
    );
    await page
      .getByRole('button', { name: /^Details of zed, / })
      .first()
      .click();
    await page.getByRole('alert').getByText('request-of-the-test').waitFor();
    await expectAccessible(page);
    await page.unroute(EVENTS);
    await page.getByRole('button', { name: 'Try again' }).click();
    await happened(page).first().waitFor();
    await page.getByRole('link', { name: 'Open in Audit' }).click();
    await page.getByText('History of one grant: zed, ').waitFor();
    expect(new URL(page.url()).searchParams.get('as')).toBe('tomas');
  });
}
