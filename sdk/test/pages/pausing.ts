import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';

const MICHAEL = 'connected-apps/?as=michael';
const GRANTS = '/api/v1/oauth-grants';
const LIST = `**${GRANTS}?*`;
const DAY = 24 * 60 * 60 * 1_000;

const BY_ADMIN = {
  type: 'urn:grantkeeper:problem:suspended-by-admin',
  title: 'Suspended by an admin',
  status: 403,
  detail: '',
};

/** How people pause the access of an app, and resume it. */
export function testPausing(site: Site): void {
  const opened = async (prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(MICHAEL, prepare);
    await page.locator('.app').first().waitFor();
    return page;
  };
  const cards = (page: Page, name: string) =>
    page.locator('.app').filter({ has: page.getByRole('heading', { name }) });
  /** The grants of an app, and until when each is suspended. */
  const grantsOf = async (client: string): Promise<{ grant_id: string; suspended_until?: string }[]> =>
    (await site.ask('michael', `${GRANTS}?client_id=${client}&include_suspension=true`)).grants;
  const suspended = async (client: string) =>
    (await grantsOf(client)).map(({ suspended_until }) => suspended_until !== undefined);
  const press = async (page: Page, name: string) => {
    await tabTo(page, name);
    await page.keyboard.press('Enter');
  };

  it('pauses all that an app may do, and resumes it, with the keyboard alone', async () => {
    const grants = await grantsOf('vts_abc123');
    expect(grants.length).toBeGreaterThan(0);
    const page = await opened();
    await page.getByRole('button', { name: 'Pause access of Claude Code' }).first().waitFor();
    await press(page, 'Pause access of Claude Code');
    const dialog = page.getByRole('dialog', { name: 'Pause Claude Code?' });
    await dialog.waitFor();
    expect(await focused(page)).toBe('Cancel');
    await expectAccessible(page);
    await press(page, 'Pause access');
    await page
      .getByRole('status')
      .getByText(/^Claude Code is paused\. You can resume its access until \w/)
      .waitFor();
    await eventually(async () => expect(await focused(page)).toBe('Resume access of Claude Code'));
    expect(await suspended('vts_abc123')).toEqual(grants.map(() => true));
    for (const card of await cards(page, 'Claude Code').all()) {
      expect(await card.getByRole('heading').textContent()).toContain('Paused');
      expect(await card.locator('.paused').textContent()).toBe(
        'Loses its access for good in 6 days, unless it is resumed.',
      );
    }
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);

    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Resume Claude Code?' }).waitFor();
    await press(page, 'Resume access');
    await page.getByRole('status').getByText('Claude Code has access again.').waitFor();
    await eventually(async () => expect(await focused(page)).toBe('Pause access of Claude Code'));
    expect(await suspended('vts_abc123')).toEqual(grants.map(() => false));
    expect(await page.locator('.paused').count()).toBe(0);
  });

  it('says that only a part is paused, and resumes that or pauses the rest, with the keyboard alone', async () => {
    const clients = ['vts_abc123', 'vts_cli'];
    const all = async () => (await Promise.all(clients.map(suspended))).flat();
    const [grant] = await grantsOf('vts_abc123');
    await site.call('michael', 'POST', `${GRANTS}/${grant?.grant_id}/suspend`);
    // Nobody in the demo has two grants of one app: here, those of two apps are those of one.
    const page = await opened((page) =>
      page.route(LIST, async (route) => {
        const response = await route.fetch();
        const { grants, ...rest } = await response.json();
        const merged = grants.map((grant: { client_id: string }) =>
          clients.includes(grant.client_id) ? { ...grant, client_id: 'vts_abc123' } : grant,
        );
        await route.fulfill({ response, json: { ...rest, grants: merged } });
      }),
    );
    const confirm = (action: string) =>
      page.getByRole('dialog').getByRole('button', { name: action }).click();
    await cards(page, 'Claude Code').first().getByText('Paused in part').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Resume access of Claude Code' }).first().click();
    await confirm('Resume access');
    await page.getByRole('status').getByText('Claude Code has access again.').waitFor();
    expect(await all()).toEqual([false, false]);

    await site.call('michael', 'POST', `${GRANTS}/${grant?.grant_id}/suspend`);
    await page.reload();
    await cards(page, 'Claude Code').first().getByText('Paused in part').waitFor();
    await press(page, 'Pause the rest of Claude Code');
    await page.getByRole('dialog', { name: 'Pause Claude Code?' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await focused(page)).toBe('Pause the rest of Claude Code');
    await page.keyboard.press('Enter');
    await press(page, 'Pause access');
    await page
      .getByRole('status')
      .getByText(/^Claude Code is paused\./)
      .waitFor();
    expect(await all()).toEqual([true, true]);
    await eventually(async () => expect(await focused(page)).toBe('Resume access of Claude Code'));
    expect(await page.getByRole('button', { name: /^Pause the rest/ }).count()).toBe(0);
    await page.keyboard.press('Enter');
    await confirm('Resume access');
    await page.getByRole('status').getByText('Claude Code has access again.').waitFor();
    expect(await all()).toEqual([false, false]);
  });

  it('says how much was resumed where an admin suspended the rest', async () => {
    const own = await grantsOf('vts_cli');
    const byAdmin = { ...own[0], grant_id: 'suspended-by-an-admin' };
    const suspended_until = new Date(Date.now() + 7 * DAY).toISOString();
    let isResumed = false;
    const page = await opened(async (page) => {
      await page.route(LIST, async (route) => {
        const response = await route.fetch();
        const { grants, ...rest } = await response.json();
        const others = grants.filter(({ client_id }: { client_id: string }) => client_id !== 'vts_cli');
        const mine = { ...own[0], ...(!isResumed && { suspended_until }) };
        const json = { ...rest, grants: [...others, mine, { ...byAdmin, suspended_until }] };
        await route.fulfill({ response, json });
      });
      await page.route('**/restore', (route) => {
        if (route.request().method() !== 'POST') return route.fallback();
        if (route.request().url().includes(byAdmin.grant_id)) return site.answer(route, 403, BY_ADMIN);
        isResumed = true;
        return site.answer(route, 200, { ...own[0] });
      });
    });
    const card = cards(page, 'Vertesia CLI');
    await card.getByText('Paused', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Resume access of Vertesia CLI' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Resume access' }).click();
    await dialog.getByRole('alert').getByText('Only 1 of 2 was resumed. An admin suspended this.').waitFor();
    await expectAccessible(page);
    await card.getByText('Paused in part').waitFor();
    // Nothing else can be: the other is restored.
    await page.unroute('**/restore');
    await page.route('**/restore', (route) =>
      route.request().method() === 'POST' ? site.answer(route, 403, BY_ADMIN) : route.fallback(),
    );
    await dialog.getByRole('button', { name: 'Resume access' }).click();
    await dialog.getByRole('alert').getByText('Nothing was changed. An admin suspended this.').waitFor();
  });

  it('says that there is nothing left to resume, and shows what there is', async () => {
    const [grant] = await grantsOf('vts_abc123');
    await site.call('michael', 'POST', `${GRANTS}/${grant?.grant_id}/suspend`);
    const page = await opened();
    await page.getByRole('button', { name: 'Resume access of Claude Code' }).first().click();
    await site.call('michael', 'POST', `${GRANTS}/${grant?.grant_id}/restore`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Resume access' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/^Nothing was changed\. It was restored or revoked/)
      .waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Pause access of Claude Code' }).first().waitFor();
  });

  it('shows what there is once a pause was refused, for the access has ended', async () => {
    const problem = { type: 'urn:grantkeeper:problem:grant-not-active', title: 'Not active', status: 409 };
    let hasEnded = false;
    const page = await opened(async (page) => {
      await page.route('**/suspend', (route) => {
        hasEnded = true;
        return site.answer(route, 409, { ...problem, detail: '' });
      });
      await page.route('**/v1/me/grants', async (route) => {
        const response = await route.fetch();
        const { data } = await response.json();
        const left = data.filter(({ client_name }: { client_name: string }) => client_name !== 'Claude Code');
        await route.fulfill({ response, json: { data: hasEnded ? left : data } });
      });
    });
    await page.getByRole('button', { name: 'Pause access of Claude Code' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Pause access' }).click();
    await dialog.getByText('This access has ended already').waitFor();
    await cards(page, 'Claude Code').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await eventually(async () => expect(await focused(page)).toBe('Connected apps'));
  });

  it('offers no pause to people for whom OAuth Grants is not', async () => {
    const problem = {
      type: 'urn:grantkeeper:problem:forbidden',
      title: 'Forbidden',
      status: 403,
      detail: '',
    };
    const page = await opened((page) => page.route(LIST, (route) => site.answer(route, 403, problem)));
    await page.getByRole('button', { name: 'Revoke all of Claude Code' }).waitFor();
    expect(await page.getByRole('button', { name: /^Pause/ }).count()).toBe(0);
    expect(await page.getByRole('alert').count()).toBe(0);
  });
}
