import { readFile } from 'node:fs/promises';
import type { Page, Route } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { expectAccessible, type Site } from './site.ts';

const LIST = '**/api/v1/oauth-grants?*limit=1000*';

/** What admins save of grants. */
export function testExporting(site: Site): void {
  const opened = async () => {
    const page = await site.open('grants/?as=tomas&status=all&sort_by=client_name&sort_order=asc&offset=25');
    await page.locator('tbody tr').first().waitFor();
    return page;
  };
  const exporting = (page: Page) => page.getByRole('button', { name: 'Export CSV' });

  it('exports all grants that match, on every page, in the order of the list', async () => {
    const page = await opened();
    const [saved] = await Promise.all([page.waitForEvent('download'), exporting(page).click()]);
    expect(saved.suggestedFilename()).toMatch(/^grants-\d{4}-\d\d-\d\d\.csv$/);
    const query = 'status=all&sort_by=client_name&sort_order=asc&limit=1000';
    const { grants, total_count } = await site.ask('tomas', `/api/v1/oauth-grants?${query}`);
    expect(total_count).toBe(grants.length);
    const [head, ...lines] = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\r\n');
    expect(head).toMatch(/^\uFEFFclient_id,/);
    expect(lines.map((line) => line.slice(line.lastIndexOf(',') + 1))).toEqual(
      grants.map(({ grant_id }: { grant_id: string }) => grant_id),
    );
    await page.getByText(`Downloaded ${grants.length} grants.`).waitFor();
    await expectAccessible(page);
  });

  it('exports once where it is clicked twice, as on a desktop', async () => {
    const page = await opened();
    let downloads = 0;
    page.on('download', () => {
      downloads += 1;
    });
    let asked = 0;
    await page.route(LIST, (route) => {
      asked += 1;
      return route.continue();
    });
    await exporting(page).dblclick();
    await page.getByText(/^Downloaded \d+ grants\.$/).waitFor();
    await eventually(() => expect(downloads).toBe(1));
    expect(asked).toBe(1);
  });

  it('saves nothing where a page of the list fails, and says why', async () => {
    const page = await opened();
    let downloads = 0;
    page.on('download', () => {
      downloads += 1;
    });
    await page.route(LIST, async (route) => {
      if (new URL(route.request().url()).searchParams.get('cursor') !== 'first') return route.abort();
      const response = await route.fetch();
      return route.fulfill({ response, json: { ...(await response.json()), next_cursor: 'more' } });
    });
    await exporting(page).click();
    await page.getByText(/^Not downloaded\. /).waitFor({ timeout: 60_000 });
    expect(downloads).toBe(0);
  });

  it('saves nothing of a view that was left while it loaded', async () => {
    const page = await opened();
    let downloads = 0;
    page.on('download', () => {
      downloads += 1;
    });
    const held: Route[] = [];
    await page.route(LIST, (route) => void held.push(route));
    await exporting(page).click();
    await page.getByRole('button', { name: 'Stop the download' }).waitFor();
    await eventually(() => expect(held.length).toBe(1));
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText(/^51 to /).waitFor();
    expect(await page.getByRole('button', { name: 'Stop the download' }).count()).toBe(1);
    await page.getByRole('radio', { name: 'active' }).check();
    await exporting(page).waitFor();
    await page.unroute(LIST);
    // What comes for the first view all the same.
    await Promise.all(held.map((route) => route.continue().catch(() => undefined)));
    const [saved] = await Promise.all([page.waitForEvent('download'), exporting(page).click()]);
    await page.getByText(/^Downloaded /).waitFor();
    expect(downloads).toBe(1);
    const { total_count } = await site.ask('tomas', '/api/v1/oauth-grants?limit=1');
    const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\r\n');
    expect(lines.length).toBe(total_count + 1);
  });

  it('names the file by the day where the visitor is', async () => {
    const page = await opened();
    // Where it is another day than in Greenwich, at any time.
    const timezoneId = new Date().getUTCHours() >= 10 ? 'Pacific/Kiritimati' : 'Pacific/Pago_Pago';
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setTimezoneOverride', { timezoneId });
    const day = new Date().toLocaleDateString('sv', { timeZone: timezoneId });
    const [saved] = await Promise.all([page.waitForEvent('download'), exporting(page).click()]);
    await session.send('Emulation.setTimezoneOverride', { timezoneId: '' });
    await session.detach();
    expect(saved.suggestedFilename()).toBe(`grants-${day}.csv`);
  });

  it('can be stopped', async () => {
    const page = await opened();
    // Answers to nobody: the page gives up waiting.
    await page.route(LIST, () => undefined);
    await exporting(page).click();
    await page.getByText(/^Loading 0 grants of \d+…$/).waitFor();
    await page.getByRole('button', { name: 'Stop the download' }).click();
    await page.getByText('Stopped.').waitFor();
    await exporting(page).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
}
