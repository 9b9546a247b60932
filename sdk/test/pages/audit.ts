import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';
import { testWaiting, UNAVAILABLE } from './waiting.ts';

const TOMAS = 'audit/?as=tomas';
const EVENTS = '/api/v1/oauth-grants/audit-events';
const LIST = `**${EVENTS}*`;
const CONSOLE = 'vts_console';

/** The id of a grant that is not there. */
const GONE = Buffer.from(
  '{"client_id":"c","user_id":"u","account_id":"a","project_id":"p","resource":"r","scope":[]}',
).toString('base64url');

/** What the page says of who took away what. */
export function testAudit(site: Site): void {
  const rows = (page: Page) => page.locator('tbody tr');
  const opened = async (path = TOMAS, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await rows(page).first().waitFor();
    return page;
  };
  const grantsOf = async (
    query: string,
  ): Promise<{ grant_id: string; user_id: string; user_name?: string }[]> =>
    (await site.ask('tomas', `/api/v1/oauth-grants?${query}`)).grants;
  const revoke = (grantId: string) => site.call('tomas', 'DELETE', `/api/v1/oauth-grants/${grantId}`);
  /** The requests in the table, from top to bottom; waits for those that the server lists for the same query. */
  const expectEvents = async (page: Page, query: string, person = 'tomas') => {
    const { events } = await site.ask(person, `${EVENTS}?limit=25&${query}`);
    const ids = events.map(({ request_id }: { request_id: string }) => request_id);
    await eventually(async () => {
      const buttons = page.locator('.request button');
      expect(await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('title')))).toEqual(ids);
    });
    return ids.length;
  };
  const address = (page: Page) => new URL(page.url()).search;

  it('says who did what, when, to which grants, why, and by which request, with names', async () => {
    const [grant] = await grantsOf(`client_id=${CONSOLE}&sort_by=user_name&sort_order=asc&limit=1`);
    if (!grant) throw new Error('the demo has no grant for this test');
    await revoke(grant.grant_id);
    await site.call('tomas', 'POST', '/api/v1/oauth-grants/revoke', {
      client_id: 'vts_mobile',
      status: 'all',
    });
    const page = await opened();
    await eventually(async () => {
      const [bulk, single] = await rows(page).allInnerTexts();
      expect(bulk).toMatch(/^Revoked \d+ grants\n\d+ tokens, 0 consents\s+just now\s+Tomás Ferreira \(you\)/);
      expect(bulk).toMatch(
        /Every grant to Vertesia Mobile\s+Show \d+ grants\s+Requested\s+revokeOAuthGrants\s/,
      );
      expect(single).toContain(`Revoked 1 grant\n`);
      expect(single).toMatch(
        new RegExp(`Vertesia Console, ${grant.user_name}\\s+Requested\\s+revokeOAuthGrant\\s`),
      );
    });
    await expectEvents(page, '');
    await expectAccessible(page);
  });

  it('opens the grants of an event with the keyboard, and shows the history of one of them', async () => {
    const page = await opened();
    await tabTo(page, /^Show \d+ grants$/);
    await page.keyboard.press('Enter');
    const button = page.getByRole('button', { name: /^Hide \d+ grants$/ });
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    const links = rows(page)
      .first()
      .getByRole('listitem')
      .getByRole('link', { name: /^Vertesia Mobile, / });
    await links.nth(9).waitFor();
    expect(await rows(page).first().getByRole('listitem').last().textContent()).toMatch(/^and \d+ more$/);
    await expectAccessible(page);
    const name = (await links.first().textContent()) ?? '';
    await tabTo(page, name);
    await page.keyboard.press('Enter');
    await page.getByText(`History of one grant: ${name}`).waitFor();
    const grantId = new URLSearchParams(address(page)).get('grant_id');
    await expectEvents(page, `grant_id=${grantId}`);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show all events' }).click();
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
    expect(await focused(page)).toBe('User');
    await page.goBack();
    await expectEvents(page, `grant_id=${grantId}`);
  });

  it('filters, and keeps the filters in the address', async () => {
    const page = await opened();
    await page.getByLabel('Client').fill(CONSOLE);
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(await expectEvents(page, `client_id=${CONSOLE}`)).toBeGreaterThan(0);
    await eventually(async () => expect(address(page)).toBe(`?as=tomas&client_id=${CONSOLE}`));
    const [event] = (await site.ask('tomas', `${EVENTS}?limit=1&client_id=${CONSOLE}`)).events;
    const { user_id } = await site.ask('tomas', `/api/v1/oauth-grants/${event.grant_ids[0]}`);
    await page.getByLabel('User').fill(user_id);
    await page.keyboard.press('Enter');
    expect(await expectEvents(page, `client_id=${CONSOLE}&user_id=${user_id}`)).toBeGreaterThan(0);
    await page.getByRole('radio', { name: 'restore' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'No events' }).waitFor();
    expect(await focused(page)).toBe('purge');
    await eventually(async () => expect(address(page)).toContain('action=purge'));
    await expectAccessible(page);
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('heading', { name: 'No events' }).waitFor();
    expect(await page.getByLabel('User').inputValue()).toBe(user_id);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expectEvents(page, '');
    expect(await focused(page)).toBe('User');
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
  });

  it('filters by day, both days included', async () => {
    const page = await opened();
    const { events } = await site.ask('tomas', `${EVENTS}?limit=200`);
    /** The day of an event where the browser is, or some days before. */
    const dayOf = (event: { at: string }, before = 0) =>
      page.evaluate(
        ([at, days]) => {
          const date = new Date(at);
          date.setDate(date.getDate() - days);
          return date.toLocaleDateString('sv');
        },
        [event.at, before] as const,
      );
    // One day, unless the run crosses midnight.
    const [first, last] = [await dayOf(events.at(-1)), await dayOf(events[0])];
    await page.getByLabel('From', { exact: true }).fill(first);
    await page.getByLabel('To', { exact: true }).fill(last);
    await page.getByRole('button', { name: 'Filter' }).click();
    await expectEvents(page, '');
    await eventually(async () => expect(address(page)).toBe(`?as=tomas&from=${first}&to=${last}`));
    await page.getByLabel('From', { exact: true }).fill('');
    await page.getByLabel('To', { exact: true }).fill(await dayOf(events.at(-1), 1));
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('heading', { name: 'No events' }).waitFor();
  });

  it('says that a year was cut short, beside the day, and keeps the day', async () => {
    const page = await opened();
    const from = page.getByLabel('From', { exact: true });
    await from.fill('0002-02-02');
    await page.getByLabel('Client').fill(CONSOLE);
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('Enter the whole year, such as 2026.').waitFor();
    expect(await from.getAttribute('aria-invalid')).toBe('true');
    expect(await from.inputValue()).toBe('0002-02-02');
    await eventually(async () => expect(address(page)).toBe(`?as=tomas&client_id=${CONSOLE}`));
    await expectAccessible(page);
    await from.fill('2026-02-02');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('Enter the whole year').waitFor({ state: 'detached' });
    await eventually(async () => expect(address(page)).toContain('from=2026-02-02'));
  });

  it('clears a day that is wrong, which never was in the address', async () => {
    const page = await opened(`${TOMAS}&client_id=${CONSOLE}`);
    const from = page.getByLabel('From', { exact: true });
    await from.fill('0002-02-02');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('Enter the whole year, such as 2026.').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await expectEvents(page, '');
    expect(await from.inputValue()).toBe('');
    expect(await page.getByText('Enter the whole year').count()).toBe(0);
  });

  it('says that there is nothing, and names filters only where there are any', async () => {
    const page = await site.open(TOMAS, (page) =>
      page.route(LIST, (route) => site.answer(route, 200, { events: [] })),
    );
    await page.getByText('You can see no event.').waitFor();
    await expectAccessible(page);
    await page.getByRole('radio', { name: 'purge' }).check();
    await page.getByText('You can see no event that matches. Try other filters.').waitFor();
  });

  it('loads more, and downloads all that match', async () => {
    const grants = await grantsOf('limit=28&client_id=app_slack_4411');
    for (const { grant_id } of grants) await revoke(grant_id);
    const page = await opened(`${TOMAS}&client_id=app_slack_4411`);
    const { events } = await site.ask('tomas', `${EVENTS}?limit=200&client_id=app_slack_4411`);
    expect(events.length).toBeGreaterThan(25);
    expect(await rows(page).count()).toBe(25);
    await page.getByText('The 25 newest events').waitFor();
    await tabTo(page, 'Load more');
    await page.keyboard.press('Enter');
    await page.getByText(`${events.length} events`, { exact: true }).waitFor();
    expect(await rows(page).count()).toBe(events.length);
    expect(await focused(page)).toBe('No more events');
    await expectAccessible(page);

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download NDJSON' }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^audit-events-\d{4}-\d\d-\d\d\.ndjson$/);
    const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
    await page.getByText(`Downloaded ${events.length} events.`).waitFor();
  });

  it('names what is not a person, says why, and what was cut off', async () => {
    const event = {
      event_id: 'a',
      at: '2026-04-01T00:00:00.000Z',
      action: 'revoke',
      by: {},
      include_consent: false,
      grants: 1,
      revoked_tokens: 2,
      revoked_consents: 0,
      grant_ids: [GONE],
    };
    const events = [
      { ...event, reason: 'reuse', operation: 'token', by: { client_id: 'vts_zed' }, interrupted: true },
      {
        ...event,
        event_id: 'b',
        action: 'purge',
        reason: 'retention',
        operation: 'purge',
        deleted_tokens: 1204,
        grant_ids: [],
        grants: 0,
      },
    ];
    const page = await opened(TOMAS, (page) =>
      page.route(LIST, (route) => site.answer(route, 200, { events })),
    );
    await page.getByText('A grant that is gone').waitFor();
    const [reuse, purge] = await rows(page).allInnerTexts();
    expect(reuse).toMatch(/Authorization server.*it may have been stolen.*Finished after an interruption/s);
    expect(purge).toMatch(/^Deleted 1,204 tokens.*A command.*No longer needed\s+purge$/s);
    await expectAccessible(page);
  });

  it('names the project that a bulk revocation was limited to', async () => {
    const { grants } = await site.ask('tomas', '/api/v1/oauth-grants?limit=100&include_project_name=true');
    const { grant_id, project_id, project_name } = grants.find(
      (grant: { project_name?: string }) => grant.project_name,
    );
    const page = await opened(TOMAS, (page) =>
      page.route(LIST, async (route) => {
        const response = await route.fetch();
        const [event] = (await response.json()).events;
        const filter = { account_id: 'a', status: 'active', project_id };
        await route.fulfill({ response, json: { events: [{ ...event, filter, grant_ids: [grant_id] }] } });
      }),
    );
    await rows(page).getByText(`in the project ${project_name}`).waitFor();
  });

  it('shows members what happened to their own grants, and never asks about others', async () => {
    const refused: string[] = [];
    const page = await opened('audit/?as=michael', async (page) => {
      page.on('response', (answer) => void (answer.status() === 403 && refused.push(answer.url())));
    });
    await expectEvents(page, '', 'michael');
    expect(refused).toEqual([]);
  });

  it('copies the id of a request', async () => {
    const page = await opened();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const copy = page.getByRole('button', { name: 'Copy the id of the request' }).first();
    await copy.click();
    await page.getByRole('status').getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await copy.getAttribute('title'));
  });

  it('fits a screen that is 320 pixels wide', async () => {
    const page = await opened();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await expectAccessible(page);
  });

  testWaiting(site, { path: TOMAS, list: LIST, expectShown: (page) => expectEvents(page, '') });

  it('keeps what it shows when older events cannot be loaded, and loads them the second time', async () => {
    const page = await opened();
    await page.route(LIST, (route) => site.answer(route, 503, UNAVAILABLE));
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByRole('alert').getByText('Not available right now').waitFor();
    expect(await rows(page).count()).toBe(25);
    await page.unroute(LIST);
    await page.getByRole('button', { name: 'Load more' }).click();
    await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(25));
  });

  it('says what a role does not include, beside the filter that asks for it', async () => {
    const page = await site.open('audit/?as=michael&user_id=another');
    await page.getByRole('alert').getByText('You cannot see this').waitFor();
    expect(await page.getByLabel('User').getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page);
  });
}
