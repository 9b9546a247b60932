import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, type Site } from './site.ts';

interface Waiting {
  path: string;
  /** The requests for its list, as a route of Playwright. */
  list: string;
  /** What they are answered with status 503; problem details if not given. */
  failure?: object;
  /** Waits until the page shows what the server lists. */
  expectShown: (page: Page) => Promise<unknown>;
}

/** What a server answers with status 503 while its database is away. */
export const UNAVAILABLE = {
  type: 'urn:grantkeeper:problem:unavailable',
  title: 'Unavailable',
  status: 503,
  detail: '',
};

/** What a page with a list shows until the list is there, and if it does not come. */
export function testWaiting(site: Site, { path, list, failure = UNAVAILABLE, expectShown }: Waiting): void {
  it('shows that it is loading', async () => {
    const page = await site.open(path, (page) => page.route(list, () => {}));
    await page.getByRole('status').getByText('Loading').waitFor();
    await expectAccessible(page);
  });

  it('tells what failed with the id of the request, and tries again', async () => {
    const page = await site.open(path, (page) =>
      page.route(list, (route) => site.answer(route, 503, failure)),
    );
    await page.getByRole('alert').getByText('Not available right now').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('request-of-the-test');
    await expectAccessible(page);
    await page.unroute(list);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expectShown(page);
  });
}
