import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';

const GRANTS = '/api/v1/oauth-grants';

/** How admins suspend one grant, and restore or revoke it. */
export function testSuspending(site: Site): void {
  interface Grant {
    grant_id: string;
    user_id: string;
    user_name: string;
    suspended_until?: string;
  }
  /** An active grant, and the page that shows it alone. */
  const opened = async () => {
    const query = 'client_id=vts_console&sort_by=user_name&sort_order=asc&limit=1';
    const [grant]: Grant[] = (await site.ask('tomas', `${GRANTS}?${query}`)).grants;
    if (!grant) throw new Error('the demo has no grant for this test');
    const page = await site.open(`grants/?as=tomas&client_id=vts_console&user_id=${grant.user_id}`);
    await page.locator('tbody tr').first().waitFor();
    return { page, grant, name: `Vertesia Console, ${grant.user_name}` };
  };
  const asked = ({ grant_id }: Grant): Promise<Grant & { status: string }> =>
    site.ask('tomas', `${GRANTS}/${grant_id}?include_suspension=true`);
  const elsewhere = ({ grant_id }: Grant, what: 'suspend' | 'restore') =>
    site.call('tomas', 'POST', `${GRANTS}/${grant_id}/${what}`);
  const row = (page: Page) => page.locator('tbody tr').first();
  const announced = (page: Page, text: string | RegExp) => page.locator('.notice').getByText(text).waitFor();
  const press = async (page: Page, name: string) => {
    await tabTo(page, name);
    await page.keyboard.press('Enter');
  };

  it('suspends and restores with the keyboard, says until when, and keeps the focus', async () => {
    const { page, grant, name } = await opened();
    await press(page, `Suspend ${name}`);
    const dialog = page.getByRole('dialog', { name: `Suspend ${name}?` });
    await dialog.waitFor();
    expect(await focused(page)).toBe('Cancel');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe(`Suspend ${name}`);
    expect(await asked(grant)).not.toHaveProperty('suspended_until');

    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await press(page, 'Suspend');
    await announced(
      page,
      new RegExp(`^${name} is suspended\\. It can be restored until \\w+ \\d+, \\d{4} at `),
    );
    await eventually(async () => expect(await focused(page)).toBe(`Restore ${name}`));
    const { suspended_until, status } = await asked(grant);
    expect([status, await row(page).locator('.status').textContent()]).toEqual(['active', 'suspended']);
    expect(await row(page).getByText('revoked in 6 days').locator('time').getAttribute('datetime')).toBe(
      suspended_until,
    );
    await expectAccessible(page);
    await press(page, `Details of ${name}`);
    await page.locator('.history > li', { hasText: /Suspended by Tomás Ferreira \(you\)/ }).waitFor();

    await tabTo(page, `Restore ${name}`, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: `Restore ${name}?` }).waitFor();
    await expectAccessible(page);
    await press(page, 'Restore');
    await announced(page, `${name} is restored.`);
    await eventually(async () => expect(await focused(page)).toBe(`Suspend ${name}`));
    expect(await asked(grant)).not.toHaveProperty('suspended_until');
    await page.locator('.history > li', { hasText: /Restored by Tomás Ferreira \(you\)/ }).waitFor();
  });

  it('asks the server once, however often the button is pressed before it says that it is busy', async () => {
    const { page, grant, name } = await opened();
    let asked = 0;
    await page.route('**/suspend', (route) => {
      if (route.request().method() === 'POST') asked += 1;
      return route.fallback();
    });
    await page.getByRole('button', { name: `Suspend ${name}` }).click();
    const button = page.getByRole('dialog').getByRole('button', { name: 'Suspend' });
    await button.evaluate((button) => {
      if (!(button instanceof HTMLElement)) return;
      button.click();
      button.click();
    });
    await announced(page, new RegExp(`^${name} is suspended\\.`));
    expect(asked).toBe(1);
    await elsewhere(grant, 'restore');
  });

  it('says why it cannot restore what somebody else has restored, and shows it as it is', async () => {
    const { page, grant, name } = await opened();
    await elsewhere(grant, 'suspend');
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('button', { name: `Restore ${name}` }).click();
    await elsewhere(grant, 'restore');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Restore' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/^Nothing was changed\. It was restored or revoked/)
      .waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `Suspend ${name}` }).waitFor();
  });

  it('says why it cannot suspend what was revoked meanwhile', async () => {
    const { page, grant, name } = await opened();
    await page.getByRole('button', { name: `Suspend ${name}` }).click();
    await site.call('tomas', 'DELETE', `${GRANTS}/${grant.grant_id}`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/^Nothing was changed\. This access has ended/)
      .waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: `Suspend ${name}` }).waitFor({ state: 'detached' });
    await eventually(async () => expect(await focused(page)).toBe('Grants'));
  });

  it('says that a role does not allow it, in the dialog', async () => {
    const { page, name } = await opened();
    const problem = {
      type: 'urn:grantkeeper:problem:forbidden',
      title: 'Forbidden',
      status: 403,
      detail: '',
    };
    await page.route('**/suspend', (route) =>
      route.request().method() === 'POST' ? site.answer(route, 403, problem) : route.fallback(),
    );
    await page.getByRole('button', { name: `Suspend ${name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    const told = page.getByRole('alert').getByText('Nothing was changed. Your role does not allow this.');
    await told.waitFor();
  });

  it('revokes a suspended grant from its row, on a narrow screen too', async () => {
    const { page, grant, name } = await opened();
    await elsewhere(grant, 'suspend');
    await page.reload({ waitUntil: 'commit' });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('button', { name: `Restore ${name}` }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
    await press(page, `Revoke ${name}`);
    const dialog = page.getByRole('dialog', { name: 'Revoke 1 grant?' });
    await dialog.getByText(/^This revokes \d+ tokens? of 1 grant\.$/).waitFor();
    await dialog.getByRole('button', { name: 'Revoke 1 grant' }).click();
    await announced(page, /^Revoked: /);
    const revoked = await asked(grant);
    expect(revoked.status).toBe('revoked');
    expect(revoked).not.toHaveProperty('suspended_until');
  });
}
