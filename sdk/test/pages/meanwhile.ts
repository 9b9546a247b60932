import { expect, it } from 'vitest';
import { focused, tabTo } from './keyboard.ts';
import type { Site } from './site.ts';

const ONE = '**/v1/me/grants/*';
const APPS = '**/v1/me/grants';

/** What pages do when something was revoked in another window while they showed it. */
export function testMeanwhile(site: Site): void {
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
}
