import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';

const MICHAEL = 'connected-apps/?as=michael';
const LIST = '**/v1/me/grants';
const ONE = '**/v1/me/grants/*';
const TOKEN = '**/app/people/*/token';

/** What a person sees of the apps they allowed. */
export function testConnectedApps(site: Site): void {
  const app = (page: Page, name: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  const opened = async (path = MICHAEL, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await page.locator('.app').first().waitFor();
    return page;
  };
  const grantIds = async (): Promise<string[]> =>
    (await site.ask('michael', '/v1/me/grants')).data.map(({ id }: { id: string }) => id);

  it('shows each app, what it may do in words, since when, and when it was used', async () => {
    const page = await opened();
    expect(await page.locator('.app').count()).toBe((await grantIds()).length);
    const zapier = app(page, 'Zapier');
    expect(
      await zapier.getByRole('list', { name: 'It may' }).getByRole('listitem').allTextContents(),
    ).toEqual(['create, change and delete your content', 'start runs for you', 'read your content']);
    expect(await zapier.locator('.since').textContent()).toBe('Allowed 12 days ago · last used 2 days ago');
    expect(await zapier.getByRole('time').first().getAttribute('title')).toMatch(/^\w+ \d+, \d{4} at /);
    expect(await app(page, 'Drive importer').locator('.since').textContent()).toContain('never used');
    expect(await app(page, 'Vertesia CLI').locator('.mark').textContent()).toBe('Our own');
    expect(await app(page, 'agent.example').count()).toBe(1);
    await expectAccessible(page);
  });

  it('fits a screen that is 320 pixels wide', async () => {
    const page = await opened();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
  });

  it('revokes an app once that is confirmed, says so, and keeps the others', async () => {
    const page = await opened();
    const before = await grantIds();
    await page.getByRole('button', { name: 'Revoke Notion sync' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke Notion sync?' });
    expect(await dialog.textContent()).toMatch(/no longer be able to:read your files/);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('Notion sync no longer has access.').waitFor();
    await dialog.waitFor({ state: 'detached' });
    expect(await app(page, 'Notion sync').count()).toBe(0);
    expect(await grantIds()).toEqual(before.filter((id) => id !== 'consent-notion'));
    await expectAccessible(page);
  });

  it('is used with the keyboard alone', async () => {
    const page = await opened();
    await tabTo(page, 'Revoke Slack bridge');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke Slack bridge?' });
    await dialog.waitFor();
    expect(await focused(page)).toBe('Cancel');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('Revoke Slack bridge');
    expect(await grantIds()).toContain('consent-slack');

    await page.keyboard.press('Space');
    await dialog.waitFor();
    await tabTo(page, 'Revoke access');
    await page.keyboard.press('Space');
    await page.getByRole('status').getByText('Slack bridge no longer has access.').waitFor();
    expect(await focused(page)).toBe('Connected apps');
    expect(await grantIds()).not.toContain('consent-slack');
  });

  it('says that there is nothing, to whom has allowed nothing', async () => {
    const page = await site.open('connected-apps/?as=noor');
    await page.getByRole('heading', { name: 'No app is connected' }).waitFor();
    await expectAccessible(page);
  });

  it('shows that it is loading', async () => {
    const page = await site.open(MICHAEL, (page) => page.route(LIST, () => {}));
    await page.getByRole('status').getByText('Loading').waitFor();
    await expectAccessible(page);
  });

  it('tells what failed with the id of the request, and tries again', async () => {
    const body = { error: 'unavailable', message: 'The database is not answering.' };
    const page = await site.open(MICHAEL, (page) =>
      page.route(LIST, (route) => site.answer(route, 503, body)),
    );
    await page.getByRole('alert').getByText('Not available right now').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('request-of-the-test');
    await expectAccessible(page);
    await page.unroute(LIST);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.app').first().waitFor();
  });

  it('keeps the dialog open when revoking fails, and revokes the second time', async () => {
    const body = { error: 'internal_error', message: 'Something went wrong on our side.' };
    const page = await opened(MICHAEL, (page) =>
      page.route(ONE, (route) =>
        route.request().method() === 'DELETE' ? site.answer(route, 500, body) : route.continue(),
      ),
    );
    await page.getByRole('button', { name: 'Revoke Cursor' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke Cursor?' });
    await dialog.getByRole('button', { name: 'Revoke access' }).click();
    await dialog.getByRole('alert').getByText('request-of-the-test').waitFor();
    await expectAccessible(page);
    await page.unroute(ONE);
    await dialog.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('Cursor no longer has access.').waitFor();
  });

  it('renews a token that has expired without a word', async () => {
    const given = vi.fn();
    const access_token = await site.token({ sub: 'michael' }, -600);
    await opened(MICHAEL, (page) =>
      page.route(TOKEN, (route) => {
        given();
        return given.mock.calls.length === 1 ? site.answer(route, 200, { access_token }) : route.continue();
      }),
    );
    expect(given).toHaveBeenCalledTimes(2);
  });

  it('asks to sign in where there is no token but expired ones, and where nobody is signed in', async () => {
    const access_token = await site.token({ sub: 'michael' }, -600);
    const prepare = (page: Page) =>
      page.route('**/app/people/michael/token', (route) => site.answer(route, 200, { access_token }));
    for (const path of [MICHAEL, 'connected-apps/', 'connected-apps/?as=nobody']) {
      const page = await site.open(path, prepare);
      await page.getByRole('alert').getByText('You are signed out').waitFor();
      expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(1);
      await expectAccessible(page);
    }
  });

  it('is light or dark as the system is, until the visitor chooses, and remembers that', async () => {
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
    await vi.waitFor(async () => expect(await toggle.getAttribute('aria-pressed')).toBe('true'));
    expect(await paper()).not.toBe(light);
  });

  it('lets a visitor choose whom to be', async () => {
    const page = await site.open('');
    await page.getByRole('link', { name: 'Connected apps, as Noor Haddad' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Connected apps, as Michael Vachette' }).click();
    await page.locator('.app').first().waitFor();
    expect(await page.locator('.who').textContent()).toContain('Michael Vachette');
  });

  it('says that no answer came while the server is away, and goes on when it is back', async () => {
    const page = await opened();
    await site.stopServer();
    await page.reload();
    await page.getByRole('alert').getByText('No answer').waitFor();
    await expectAccessible(page);
    await site.startServer();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.app').first().waitFor();
  });
}
