import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';

const ONE = '**/v1/me/grants/*';
const APPS = '**/v1/me/grants';
const GRANTS = '**/api/v1/oauth-grants?*';

/** What pages do when something was revoked in another window while they showed it. */
export function testMeanwhile(site: Site): void {
  /** As when one comes back to the page: it asks for its list again. */
  const comeBack = (page: Page) => page.evaluate(() => dispatchEvent(new Event('visibilitychange')));

  it('gives the focus to the heading where the app that was to be revoked has gone', async () => {
    let hasGone = false;
    const page = await site.open('connected-apps/?as=michael', async (page) => {
      await page.route(ONE, (route) => {
        if (route.request().method() !== 'DELETE') return route.continue();
        hasGone = true;
        return site.answer(route, 404, { error: 'grant_not_found', message: 'There is no such grant.' });
      });
      await page.route(APPS, async (route) => {
        const response = await route.fetch();
        const { data } = await response.json();
        const left = data.filter(({ client_name }: { client_name: string }) => client_name !== 'Zapier');
        await route.fulfill({ response, json: { data: hasGone ? left : data } });
      });
    });
    await tabTo(page, 'Revoke Zapier');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Revoke access');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke Zapier?' });
    await dialog.getByRole('alert').getByText('This access has ended already').waitFor();
    await page.locator('.app', { hasText: 'Zapier' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('Connected apps');
  });

  it('selects no grant any more that was revoked, and says so in the header of the table', async () => {
    let change = (grants: object[]) => grants;
    const page = await site.open('grants/?as=tomas', (page) =>
      page.route(GRANTS, async (route) => {
        const response = await route.fetch();
        const { grants, ...rest } = await response.json();
        await route.fulfill({ response, json: { ...rest, grants: change(grants) } });
      }),
    );
    const boxes = page.locator('tbody').getByRole('checkbox');
    const all = page.getByRole('checkbox', { name: 'Select all on this page' });
    const isMixed = () => all.evaluate((box) => box instanceof HTMLInputElement && box.indeterminate);
    const selected = page.locator('.toolbar [role=status]');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    change = ([first, ...others]) => [{ ...first, status: 'revoked' }, ...others];
    await comeBack(page);
    await selected.getByText('1 grant of this page selected').waitFor();
    expect(await boxes.nth(0).isChecked()).toBe(false);
    expect(await isMixed()).toBe(true);
    await expectAccessible(page);

    change = ([, , ...others]) => others;
    await comeBack(page);
    await eventually(async () => expect(await boxes.count()).toBe(23));
    expect(await selected.textContent()).toMatch(/^\d+ grants$/);
    expect(await isMixed()).toBe(false);
  });
}
