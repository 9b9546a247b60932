import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { tabTo } from './keyboard.ts';
import { AXE } from './page-server.ts';
import { expectAccessible, type Site } from './site.ts';

/** What a person sees of a third-party app, from connecting it to its loss of access. */
export function testThirdPartyApp(site: Site): void {
  const opened = async () => {
    const page = await site.visit(`${site.server}/demo-app/`, (page) =>
      page.route(`**${AXE}`, (route) => route.fulfill({ contentType: 'text/javascript', body: axe.source })),
    );
    // `visit` does not wait for all of the page.
    await page.waitForLoadState();
    return page;
  };
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
  const words = (page: Page) => page.locator('.may li').allTextContents();

  it('is connected, seen in Connected apps, revoked there, and then has lost its access', async () => {
    await site.signOut();
    const page = await opened();
    await expectAccessible(page);
    await press(page, 'Connect');
    await heading(page, 'Sign in');
    await expectAccessible(page);
    await press(page, /^Michael Vachette/);
    await heading(page, 'Allow Sunrise Notes to use your account?');
    await expectAccessible(page);
    const asked = await words(page);
    await press(page, 'Allow');
    await heading(page, 'Connected');
    await expectAccessible(page);
    await press(page, 'Use access now');
    await page.getByRole('status').getByText('The access still works.').waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Open Connected apps' }).click();
    const app = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('heading', { name: 'Sunrise Notes' }) });
    await app.waitFor();
    expect(await app.locator('.may li').allTextContents()).toEqual(asked);
    await press(page, 'Revoke Sunrise Notes');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('Sunrise Notes no longer has access.').waitFor();

    await page.goto(`${site.server}/demo-app/`);
    // It does not know yet: nobody has told it.
    await heading(page, 'Connected');
    await press(page, 'Use access now');
    await heading(page, 'Access lost');
    expect(await page.getByRole('button').allTextContents()).toEqual(['Connect again']);
    await expectAccessible(page);
  });

  it('is denied, and used by somebody else, with the keyboard alone', async () => {
    const page = await opened();
    await tabTo(page, /^Connect/);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Switch person' }).waitFor();
    await tabTo(page, 'Switch person');
    await page.keyboard.press('Enter');
    await heading(page, 'Sign in');
    await tabTo(page, /^Noor Haddad/);
    await page.keyboard.press('Enter');
    await heading(page, 'Allow Sunrise Notes to use your account?');
    expect(await page.locator('.lead').textContent()).toContain('Noor Haddad');
    await tabTo(page, 'Deny');
    await page.keyboard.press('Enter');
    await heading(page, 'Not allowed');
    await expectAccessible(page);
  });

  it('fits a screen that is 320 pixels wide, and so does the sign-in', async () => {
    const page = await opened();
    await page.setViewportSize({ width: 320, height: 640 });
    const fits = async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
      await expectAccessible(page);
    };
    await fits();
    await press(page, /^(Connect|Try again)/);
    await page.getByRole('link', { name: 'Switch person' }).waitFor();
    await fits();
    await page.getByRole('link', { name: 'Switch person' }).click();
    await heading(page, 'Sign in');
    await fits();
  });
}
