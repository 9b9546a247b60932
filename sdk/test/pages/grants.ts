import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused, tabTo } from './keyboard.ts';
import { choose } from './party-filter.ts';
import { expectAccessible, type Site } from './site.ts';
import { testWaiting, UNAVAILABLE } from './waiting.ts';

const TOMAS = 'grants/?as=tomas';
const LIST = '**/api/v1/oauth-grants?*';
const DAY = 24 * 60 * 60 * 1_000;

/** What admins see of grants. */
export function testGrants(site: Site): void {
  const rows = (page: Page) => page.locator('tbody tr');
  const opened = async (path = TOMAS, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await rows(page).first().waitFor();
    return page;
  };
  /** What the server answers to the same query. */
  const ask = async (query: string, person = 'tomas') => {
    const search = new URLSearchParams(query);
    if (!search.has('limit')) search.set('limit', '25');
    const { grants, total_count } = await site.ask(person, `/api/v1/oauth-grants?${search}`);
    const clients: string[] = grants.map(({ client_id }: { client_id: string }) => client_id);
    return { clients, total: Number(total_count) };
  };
  /** The clients in the table, from top to bottom; waits for those of the query. Gives how many match. */
  const expectRows = async (page: Page, query: string, person?: string) => {
    const { clients, total } = await ask(query, person);
    await eventually(async () => {
      expect(await page.locator('tbody th small').allTextContents()).toEqual(clients);
      expect(await page.locator('.paging p').textContent()).toContain(` of ${total}`);
    });
    return total;
  };
  const address = (page: Page) => new URL(page.url()).search;

  it('lists the grants that each of the people may see, and no others', async () => {
    const totals = new Set<number>();
    for (const person of ['michael', 'priya', 'greta', 'tomas']) {
      totals.add(await expectRows(await opened(`grants/?as=${person}`), '', person));
    }
    expect(totals.size).toBe(4);
    const page = await opened();
    expect(await page.getByRole('columnheader').count()).toBe(9);
    expect(await page.getByRole('columnheader', { name: 'Granted' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    await expectAccessible(page);
  });

  it('fits a screen that is 320 pixels wide', async () => {
    const page = await opened();
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    expect(await page.getByRole('row').count()).toBe(26);
    await expectAccessible(page);
  });

  it('filters, and keeps the filters in the address', async () => {
    const page = await opened();
    await choose(page, 'vts_cursor');
    await expectRows(page, 'client_id=vts_cursor');
    await eventually(async () => expect(address(page)).toBe('?as=tomas&client_id=vts_cursor'));
    await page.getByRole('radio', { name: 'active' }).focus();
    await page.keyboard.press('ArrowLeft');
    await expectRows(page, 'client_id=vts_cursor&status=all');
    expect(await focused(page)).toBe('all');
    await page.reload({ waitUntil: 'commit' });
    await expectRows(page, 'client_id=vts_cursor&status=all');
    await page.getByRole('list', { name: 'Chosen person and app' }).getByText('Cursor').waitFor();
    await page.goBack();
    await expectRows(page, 'client_id=vts_cursor');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expectRows(page, '');
    expect(await focused(page)).toBe('Person or app');
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
    await page.getByRole('link', { name: 'mcp.vertesia.io' }).first().click();
    await expectRows(page, 'resource=https://mcp.vertesia.io/');
  });

  it('sorts by the headers of its columns', async () => {
    const page = await opened();
    const header = page.getByRole('columnheader', { name: 'User' });
    await header.getByRole('button').click();
    await expectRows(page, 'sort_by=user_name&sort_order=asc');
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    await header.getByRole('button').click();
    await expectRows(page, 'sort_by=user_name&sort_order=desc');
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect(await focused(page)).toMatch(/^User/);
    expect(await page.locator('[aria-sort]').count()).toBe(1);
    await eventually(async () => expect(address(page)).toBe('?as=tomas&sort_by=user_name'));
  });

  it('turns pages', async () => {
    const page = await opened();
    const previous = page.getByRole('button', { name: 'Previous' });
    expect(await previous.getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Next' }).click();
    await expectRows(page, 'offset=25');
    expect(await focused(page)).toBe('Next');
    await eventually(async () => expect(address(page)).toBe('?as=tomas&offset=25'));
    await previous.click();
    await expectRows(page, '');
  });

  it('turns a page once, however often Next is pressed before the page is there', async () => {
    const page = await opened();
    await page.route(LIST, () => {});
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
    await page.goBack();
    await eventually(async () => expect(address(page)).toBe('?as=tomas&offset=25'));
    await page.goBack();
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
  });

  it('leads to the last page from past it, and keeps no address of what is not there', async () => {
    for (const offset of ['5000', '999999999999']) {
      const page = await opened(`${TOMAS}&offset=${offset}`);
      const { total } = await ask('');
      const last = Math.floor((total - 1) / 25) * 25;
      await expectRows(page, `offset=${last}`);
      await eventually(async () => expect(address(page)).toBe(`?as=tomas&offset=${last}`));
      await page.getByRole('button', { name: 'Previous' }).click();
      await expectRows(page, `offset=${last - 25}`);
    }
  });

  it('keeps the focus where a page does not come, and when it comes the second time', async () => {
    const page = await opened();
    await page.route(LIST, (route) => site.answer(route, 503, UNAVAILABLE));
    await tabTo(page, 'Next');
    await page.keyboard.press('Enter');
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await eventually(async () => expect(await focused(page)).toBe('Grants'));
    await page.unroute(LIST);
    await again.focus();
    await page.keyboard.press('Enter');
    await expectRows(page, 'offset=25');
    await eventually(async () => expect(await focused(page)).toBe('Grants'));
  });

  it('takes what is filled in when a choice beside it is made', async () => {
    const page = await opened();
    await page.getByLabel('Resource').fill('mcp.vertesia.io');
    await page.getByRole('radio', { name: 'all' }).check();
    await expectRows(page, 'resource=https://mcp.vertesia.io/&status=all');
    expect(await page.getByLabel('Resource').inputValue()).toBe('https://mcp.vertesia.io/');
  });

  it('clears what is typed, too, and not only what filters already', async () => {
    const page = await opened(`${TOMAS}&status=all`);
    const typed = [page.getByLabel('Resource'), page.getByRole('combobox', { name: 'Person or app' })];
    for (const field of typed) await field.fill('nothing like this');
    await page.getByRole('radio', { name: 'expired' }).check();
    await page.getByText('This filters nothing yet').waitFor();
    await page.getByLabel('Project').fill('nor this');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expectRows(page, '');
    for (const field of [...typed, page.getByLabel('Project')]) expect(await field.inputValue()).toBe('');
    expect(await page.getByText('This filters nothing yet').count()).toBe(0);
    expect(await focused(page)).toBe('Person or app');
    await eventually(async () => expect(address(page)).toBe('?as=tomas'));
  });

  it('jumps to a page, and says which there are where a number is wrong', async () => {
    const page = await opened();
    const { total } = await ask('');
    const last = Math.ceil(total / 25);
    const number = page.getByRole('spinbutton', { name: 'Page' });
    for (const wrong of ['0', `${last + 1}`, '1.5', '']) {
      await number.fill(wrong);
      await number.press('Enter');
      await page.getByRole('alert').getByText(`Enter a page from 1 to ${last}.`).waitFor();
      await eventually(async () => expect(address(page)).toBe('?as=tomas'));
    }
    await expectAccessible(page);
    await number.fill(`${last}`);
    await number.press('Enter');
    await expectRows(page, `offset=${(last - 1) * 25}`);
    expect(await page.getByText('Enter a page').count()).toBe(0);
    await page.getByRole('button', { name: 'Previous' }).click();
    await expectRows(page, `offset=${(last - 2) * 25}`);
    await eventually(async () => expect(await number.inputValue()).toBe(`${last - 1}`));
  });

  it('shows more grants a page, from the page that has the first of those shown', async () => {
    const page = await opened(`${TOMAS}&offset=75`);
    await page.getByLabel('Grants per page').selectOption('50');
    await expectRows(page, 'limit=50&offset=50');
    await eventually(async () => expect(address(page)).toBe('?as=tomas&offset=50&limit=50'));
    await page.reload({ waitUntil: 'commit' });
    await expectRows(page, 'limit=50&offset=50');
    expect(await page.getByLabel('Grants per page').inputValue()).toBe('50');
  });

  it('narrows to what nobody has used for some time, and revokes all of that', async () => {
    const page = await opened();
    await page.getByRole('radio', { name: '90 days' }).check();
    const since = new Date(Math.floor(Date.now() / DAY) * DAY - 90 * DAY).toISOString();
    const total = await expectRows(page, `unused_since=${since}`);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThan((await ask('')).total);
    await eventually(async () => expect(address(page)).toBe('?as=tomas&unused=90'));
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Revoke all that match…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('90 days').waitFor();
    await dialog.getByText(/^This revokes \d+ tokens? of \d+ grants?\.$/).waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('radio', { name: 'any' }).check();
    await expectRows(page, '');
  });

  it('writes every number as people read it', async () => {
    const page = await opened(`${TOMAS}&offset=12000`, (page) =>
      page.route(LIST, async (route) => {
        const response = await route.fetch();
        const { grants } = await (
          await route.fetch({
            url: route
              .request()
              .url()
              .replace(/offset=\d+/, 'offset=0'),
          })
        ).json();
        await route.fulfill({
          response,
          json: { grants, offset: 12_000, limit: 25, total_count: 1_234_567 },
        });
      }),
    );
    await page.getByText('1,234,567 grants').waitFor();
    expect(await page.locator('.paging p').textContent()).toBe('12,001 to 12,025 of 1,234,567');
    expect(await page.locator('.jump').textContent()).toContain('of 49,383');
    await page.getByRole('spinbutton', { name: 'Page' }).fill('0');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Enter a page from 1 to 49,383.').waitFor();
    await page.route('**/api/v1/oauth-grants?*limit=1000*', () => undefined);
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await page.getByText('Loading 0 grants of 1,234,567…').waitFor();
    await page.getByRole('button', { name: 'Stop the download' }).click();
    await page.getByText('Stopped.').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('says that there is nothing, and names filters only where there are any', async () => {
    const page = await site.open(TOMAS, (page) =>
      page.route(LIST, (route) =>
        site.answer(route, 200, { grants: [], offset: 0, limit: 25, total_count: 0 }),
      ),
    );
    await page.getByText('You can see no active grant.').waitFor();
    await expectAccessible(page);
    await page.getByRole('radio', { name: '90 days' }).check();
    await page.getByText('You can see no active grant that matches. Try other filters.').waitFor();
  });

  it('says that nothing matches', async () => {
    const page = await site.open(`${TOMAS}&client_id=nothing`);
    await page.getByRole('heading', { name: 'No grants' }).waitFor();
    await expectAccessible(page);
  });

  testWaiting(site, { path: TOMAS, list: LIST, expectShown: (page) => expectRows(page, '') });

  it('says what a role does not include, beside the filter that asks for it', async () => {
    const page = await site.open('grants/?as=priya&project_id=another');
    await page.getByRole('alert').getByText('You cannot see this').waitFor();
    expect(await page.getByLabel('Project').getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expectRows(page, '', 'priya');
  });
}
