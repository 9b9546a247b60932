import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
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
