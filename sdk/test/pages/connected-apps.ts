import type { MeGrant } from '@grantkeeper/sdk';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';
import { testWaiting } from './waiting.ts';

const MICHAEL = 'connected-apps/?as=michael';
const LIST = '**/v1/me/grants';
const ONE = '**/v1/me/grants/*';
const MINUTE = 60 * 1_000;
const DAY = 24 * 60 * MINUTE;

/** What a person sees of the apps they allowed. */
export function testConnectedApps(site: Site): void {
  const app = (page: Page, name: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  const opened = async (path = MICHAEL, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await page.locator('.app').first().waitFor();
    return page;
  };
  const grants = async (): Promise<MeGrant[]> => (await site.ask('michael', '/v1/me/grants')).data;
  const grantIds = async () => (await grants()).map(({ id }) => id);

  it('shows each app, what it may do in words, since when, and when it was used', async () => {
    const page = await opened();
    const clients = (await grants()).map(({ client_id }) => client_id);
    expect(await page.locator('.app').count()).toBe(new Set(clients).size);
    const zapier = app(page, 'Zapier');
    expect(
      await zapier.getByRole('list', { name: 'It may' }).getByRole('listitem').allTextContents(),
    ).toEqual(['create, change and delete your content', 'start runs for you', 'read your content']);
    expect(await zapier.locator('.since').textContent()).toBe('Allowed 12 days ago · last used 2 days ago');
    expect(await zapier.getByRole('time').first().getAttribute('title')).toMatch(/^\w+ \d+, \d{4} at /);
    expect(await app(page, 'Drive importer').locator('.since').textContent()).toContain('never used');
    expect(await app(page, 'Vertesia CLI').locator('.mark').textContent()).toBe('By Vertesia');
    expect(await app(page, 'agent.example').count()).toBe(1);
    await expectAccessible(page);
  });

  it('fits a screen that is 320 pixels wide', async () => {
    const page = await opened();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
  });

  it('names the project that access is limited to, beside the app and before it is revoked', async () => {
    const page = await opened();
    const limited = page
      .locator('.app', { has: page.locator('.only', { hasNotText: /[0-9a-f]{24}/ }) })
      .first();
    await limited.waitFor();
    const limits = await limited.locator('.only').allTextContents();
    expect(limits[0]).toMatch(/^Only in the project \D+$/);
    await limited.getByRole('button', { name: /^Revoke (?!this)/ }).click();
    expect(await page.getByRole('dialog').locator('.only').allTextContents()).toEqual(limits);
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

  it('shows an app once, and takes back one of its grants or all of them', async () => {
    const own = (await grants()).filter(({ client_id }) => client_id === 'vts_abc123');
    expect(own.length).toBeGreaterThan(1);
    const revoked: string[] = [];
    const opening = () =>
      opened(MICHAEL, (page) =>
        page.route(ONE, (route) => {
          revoked.push(new URL(route.request().url()).pathname.split('/').at(-1) ?? '');
          return route.fulfill({ status: 204 });
        }),
      );
    const page = await opening();
    const claude = app(page, 'Claude Code');
    expect(await claude.count()).toBe(1);
    expect(await claude.getByRole('list', { name: 'It may' }).count()).toBe(own.length);
    await claude.getByRole('button', { name: 'Revoke this access of Claude Code' }).last().click();
    const one = page.getByRole('dialog', { name: 'Revoke this access of Claude Code?' });
    expect(await one.textContent()).toContain('It keeps its other access');
    await expectAccessible(page);
    await one.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('Claude Code has less access now.').waitFor();
    expect(await claude.getByRole('list', { name: 'It may' }).count()).toBe(own.length - 1);
    expect(revoked.splice(0)).toEqual([own.at(-1)?.id]);

    const again = await opening();
    await again.getByRole('button', { name: 'Revoke all of Claude Code' }).click();
    await again.getByRole('button', { name: 'Revoke access' }).click();
    await again.getByRole('status').getByText('Claude Code no longer has access.').waitFor();
    expect(await app(again, 'Claude Code').count()).toBe(0);
    expect(revoked.sort()).toEqual(own.map(({ id }) => id).sort());
  });

  it('says how much was revoked where the rest was not, and revokes that the second time', async () => {
    const own = (await grants()).filter(({ client_id }) => client_id === 'vts_abc123');
    const failing = own.at(-1)?.id ?? '';
    let isUp = false;
    const asked: string[] = [];
    const page = await opened(MICHAEL, async (page) => {
      await page.route(ONE, (route) => {
        const id = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
        asked.push(id);
        if (isUp || id !== failing) return route.fulfill({ status: 204 });
        return site.answer(route, 500, {
          error: 'internal_error',
          message: 'Something went wrong on our side.',
        });
      });
      await page.route(LIST, async (route) => {
        const response = await route.fetch();
        const { data } = await response.json();
        const left = data.filter(({ id }: MeGrant) => id === failing || !asked.includes(id));
        await route.fulfill({ response, json: { data: left } });
      });
    });
    await page.getByRole('button', { name: 'Revoke all of Claude Code' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke Claude Code?' });
    expect(await dialog.getByRole('list', { name: 'It may' }).count()).toBe(own.length);
    await dialog.getByRole('button', { name: 'Revoke access' }).click();
    await dialog
      .getByText(new RegExp(`^${own.length - 1} of ${own.length} (was|were) revoked\\.$`))
      .waitFor();
    expect(await dialog.getByRole('list', { name: 'It may' }).count()).toBe(1);
    expect(await app(page, 'Claude Code').getByRole('list', { name: 'It may' }).count()).toBe(1);
    await expectAccessible(page);
    isUp = true;
    asked.splice(0, asked.length, ...own.slice(0, -1).map(({ id }) => id));
    await dialog.getByRole('button', { name: 'Revoke access' }).click();
    await page.getByRole('status').getByText('Claude Code no longer has access.').waitFor();
    expect(asked.slice(own.length - 1)).toEqual([failing]);
  });

  it('calls an app without a name by its id, and lets no name change the order of what is around it', async () => {
    const [grant] = await grants();
    const data = ['  ', '\u202Eliam'].map((client_name, index) => ({
      ...{ ...grant, client_name, client_id: `app-${index}`, id: `${index}`, client_uri: null },
    }));
    const page = await opened(MICHAEL, (page) =>
      page.route(LIST, (route) => site.answer(route, 200, { data })),
    );
    await page.getByRole('button', { name: 'Revoke app-0' }).waitFor();
    await page
      .locator('.app')
      .nth(1)
      .getByRole('button', { name: /^Revoke / })
      .click();
    const title = page.getByRole('dialog').getByRole('heading');
    expect(await title.locator('bdi').textContent()).toBe('\u202Eliam');
    expect(await title.textContent()).toBe('Revoke \u202Eliam?');
  });

  it('tells times anew while it is open', async () => {
    const page = await opened();
    const used = () => app(page, 'Zapier').locator('.since').textContent();
    expect(await used()).toBe('Allowed 12 days ago · last used 2 days ago');
    // As when one comes back to it after two days.
    await shiftClock(page, 2 * DAY);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await eventually(async () => expect(await used()).toBe('Allowed 14 days ago · last used 4 days ago'));
  });

  it('tells times anew every minute as long as it is looked at', async () => {
    const page = await opened();
    const used = () => app(page, 'Zapier').locator('.since').textContent();
    expect(await used()).toBe('Allowed 12 days ago · last used 2 days ago');
    // The timer is set anew when one comes back to the page: from then on, a minute is over when the test says so.
    await page.evaluate((minute) => {
      let isOver = () => {};
      const timers = {
        setInterval: (tick: () => void, time: number) => {
          isOver = tick;
          addEventListener(`over: ${time}`, isOver);
        },
        clearInterval: () => removeEventListener(`over: ${minute}`, isOver),
      };
      Object.assign(window, timers);
      document.dispatchEvent(new Event('visibilitychange'));
    }, MINUTE);
    const minuteIsOver = () => page.evaluate((time) => dispatchEvent(new Event(`over: ${time}`)), MINUTE);
    await shiftClock(page, 2 * DAY);
    expect(await used()).toBe('Allowed 12 days ago · last used 2 days ago');
    await minuteIsOver();
    await eventually(async () => expect(await used()).toBe('Allowed 14 days ago · last used 4 days ago'));

    const look = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await look(true);
    await shiftClock(page, DAY);
    await minuteIsOver();
    expect(await used()).toBe('Allowed 14 days ago · last used 4 days ago');
    await look(false);
    await eventually(async () => expect(await used()).toBe('Allowed 15 days ago · last used 5 days ago'));
    await shiftClock(page, DAY);
    await minuteIsOver();
    await eventually(async () => expect(await used()).toBe('Allowed 16 days ago · last used 6 days ago'));
  });

  it('finds an app by its name, and says what may do everything or was not used for long', async () => {
    const [grant] = await grants();
    const LONG_AGO = '2020-01-01T00:00:00.000Z';
    const data = ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon', 'Zeta'].map((client_name) => ({
      ...grant,
      ...{ id: client_name, client_id: client_name, client_name, client_uri: null, is_first_party: false },
      ...(client_name === 'Alpha' && { scopes_granted: ['all'] }),
      ...(client_name === 'Beta' && { granted_at: LONG_AGO, last_used_at: null }),
    }));
    const page = await opened(MICHAEL, (page) =>
      page.route(LIST, (route) => site.answer(route, 200, { data })),
    );
    expect(await page.locator('.warning').count()).toBe(1);
    expect(await app(page, 'Alpha').locator('.warning').textContent()).toContain('full access');
    expect(await page.getByText('Not used for a long time').count()).toBe(1);
    expect(await app(page, 'Beta').getByText('Not used for a long time').count()).toBe(1);
    const field = page.getByRole('searchbox', { name: 'Find an app' });
    await field.fill('ETA');
    expect(await page.locator('.app h2 > bdi').allTextContents()).toEqual(['Beta', 'Zeta']);
    await page.getByRole('status').getByText('2 apps').waitFor();
    await field.fill('none of these');
    await page.getByRole('status').getByText('No app matches.').waitFor();
    await expectAccessible(page);
  });

  it('can open a dialog again the moment it closes', async () => {
    const page = await opened();
    const dialog = page.getByRole('dialog', { name: 'Revoke Slack bridge?' });
    const button = page.getByRole('button', { name: 'Revoke Slack bridge' });
    await button.click();
    await dialog.waitFor();
    // Before the browser fires `close`, as when keys come quickly.
    for (const close of ['click', 'cancel'] as const) {
      await button.evaluate(async (button, close) => {
        const dialog = document.querySelector('dialog');
        if (close === 'click') dialog?.querySelector('button')?.click();
        else dialog?.dispatchEvent(new Event(close, { cancelable: true }));
        await Promise.resolve();
        if (dialog?.isConnected) throw new Error('it is still there');
        if (button instanceof HTMLElement) button.click();
      }, close);
      await page.evaluate(() => new Promise(requestAnimationFrame));
      expect(await dialog.isVisible()).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(await dialog.isVisible()).toBe(true);
  });

  it('is used with the keyboard alone', async () => {
    const page = await opened();
    await tabTo(page, 'Revoke Slack bridge');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Revoke Slack bridge?' });
    await dialog.waitFor();
    expect(await focused(page)).toBe('Cancel');
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('Revoke Slack bridge');
    expect(await grantIds()).toContain('consent-slack');

    await page.keyboard.press('Space');
    await dialog.waitFor();
    await tabTo(page, 'Revoke access');
    await page.keyboard.press('Space');
    await page.getByRole('status').getByText('Slack bridge no longer has access.').waitFor();
    await eventually(async () => expect(await focused(page)).toBe('Connected apps'));
    expect(await grantIds()).not.toContain('consent-slack');
  });

  it('says that there is nothing, to whom has allowed nothing', async () => {
    const page = await site.open('connected-apps/?as=noor');
    await page.getByRole('heading', { name: 'No app is connected' }).waitFor();
    await expectAccessible(page);
  });

  testWaiting(site, {
    path: MICHAEL,
    list: LIST,
    failure: { error: 'unavailable', message: 'The database is not answering.' },
    expectShown: (page) => page.locator('.app').first().waitFor(),
  });

  it('shows the logos that are safe to show, and links to nothing but web pages', async () => {
    const logo = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>';
    const grant = {
      ...(await site.ask('michael', '/v1/me/grants')).data[0],
      client_uri: 'javascript:alert(1)',
    };
    const data = [logo, 'data:image/png,broken', 'https://elsewhere.example/logo.svg'].map(
      (logo_uri, id) => ({
        ...grant,
        ...{ id: `${id}`, client_id: `${id}`, logo_uri },
      }),
    );
    const page = await opened(MICHAEL, (page) =>
      page.route(LIST, (route) => site.answer(route, 200, { data })),
    );
    await eventually(async () => expect(await page.locator('img.logo').count()).toBe(1));
    expect(await page.locator('span.logo').allTextContents()).toEqual(['D', 'D']);
    expect(await page.locator('.apps').getByRole('link').count()).toBe(0);
  });

  it('says that what it shows may be out of date, when it cannot ask again', async () => {
    const body = { error: 'unavailable', message: 'The database is not answering.' };
    const page = await opened();
    await page.route(LIST, (route) => site.answer(route, 503, body));
    await page.evaluate(() => dispatchEvent(new Event('visibilitychange')));
    await page.getByRole('alert').getByText('This may be out of date').waitFor();
    expect(await page.locator('.app').count()).toBeGreaterThan(0);
    await expectAccessible(page);
    await page.unroute(LIST);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
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

  it('says that no answer came while the server is away, and goes on when it is back', async () => {
    const page = await opened();
    await site.stopServer();
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('alert').getByText('No answer').waitFor();
    await expectAccessible(page);
    await site.startServer();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.app').first().waitFor();
  });
}

/** Has the page believe that so many milliseconds more have passed. */
function shiftClock(page: Page, later: number): Promise<void> {
  return page.evaluate((later) => {
    const Now = Date;
    const Later = class extends Now {
      constructor(at: string | number = Now.now() + later) {
        super(at);
      }

      static override now(): number {
        return Now.now() + later;
      }
    };
    Object.assign(globalThis, { Date: Later });
  }, later);
}
