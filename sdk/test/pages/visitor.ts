import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { isAll } from '../../../server/test/effort.ts';
import { eventually } from '../../../server/test/eventually.ts';
import { expectAccessible, type Site } from './site.ts';

const MICHAEL = 'connected-apps/?as=michael';
const TOKEN = '**/app/people/*/token';

/** Who the visitor of a page is, and what they like. */
export function testVisitor(site: Site): void {
  const opened = async (prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(MICHAEL, prepare);
    await page.locator('.app').first().waitFor();
    return page;
  };

  it('renews a token that has expired without a word', async () => {
    const given = vi.fn();
    const access_token = await site.token({ sub: 'michael' }, -600);
    await opened((page) =>
      page.route(TOKEN, (route) => {
        given();
        return given.mock.calls.length === 1 ? site.answer(route, 200, { access_token }) : route.continue();
      }),
    );
    expect(given).toHaveBeenCalledTimes(2);
  });

  it.runIf(isAll)(
    'asks to sign in where there is no token but expired ones, and where nobody is signed in',
    async () => {
      const access_token = await site.token({ sub: 'michael' }, -600);
      const prepare = (page: Page) =>
        page.route('**/app/people/michael/token', (route) => site.answer(route, 200, { access_token }));
      for (const path of [MICHAEL, 'connected-apps/', 'connected-apps/?as=nobody']) {
        const page = await site.open(path, prepare);
        await page.getByRole('alert').getByText('You are signed out').waitFor();
        expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(1);
        await expectAccessible(page);
      }
    },
  );

  it.runIf(isAll)(
    'is light or dark as the system is, until the visitor chooses, and remembers that',
    async () => {
      const page = await opened();
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const toggle = page.getByRole('button', { name: 'Dark' });
      const light = await paper();
      await toggle.click();
      expect(await toggle.getAttribute('aria-pressed')).toBe('true');
      expect(await paper()).not.toBe(light);
      await expectAccessible(page);
      await page.reload();
      await page.locator('.app').first().waitFor();
      expect(await paper()).not.toBe(light);
      await toggle.click();
      expect(await paper()).toBe(light);
      await page.emulateMedia({ colorScheme: 'dark' });
      await eventually(async () => expect(await toggle.getAttribute('aria-pressed')).toBe('true'));
      expect(await paper()).not.toBe(light);
    },
  );

  it('lets a visitor choose whom to be', async () => {
    const page = await site.open('');
    await page.getByRole('link', { name: 'Connected apps, as Noor Haddad' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Connected apps, as Michael Vachette' }).click();
    await page.locator('.app').first().waitFor();
    expect(await page.locator('.who').textContent()).toContain('Michael Vachette');
  });
}
