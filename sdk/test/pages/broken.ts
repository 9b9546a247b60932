import { expect, it } from 'vitest';
import { expectAccessible, type Site } from './site.ts';

const PAGES = [
  { path: 'connected-apps/?as=michael', list: '**/v1/me/grants', rows: 'data', shown: '.app' },
  { path: 'grants/?as=tomas', list: '**/api/v1/oauth-grants?*', rows: 'grants', shown: 'tbody tr' },
  {
    path: 'audit/?as=tomas',
    list: '**/api/v1/oauth-grants/audit-events*',
    rows: 'events',
    shown: 'tbody tr, h2',
  },
];

/** What pages show of answers that are not as the contracts say. */
export function testBroken(site: Site): void {
  it.each(PAGES)('$path keeps its header and says that it failed, until an answer is right', async (page) => {
    const { path, list, rows, shown } = page;
    const wrong = [() => ({}), (body: object) => withBadRow(body, rows)];
    for (const spoil of wrong) {
      const page = await site.open(path, (page) =>
        page.route(list, async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, json: spoil(await response.json()) });
        }),
      );
      await page.getByRole('alert').getByText('That did not work').waitFor();
      expect(await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').count()).toBe(3);
      await expectAccessible(page);
      await page.unroute(list);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator(shown).first().waitFor();
      expect(await page.getByText('That did not work').count()).toBe(0);
    }
  });

  it('says what the server did not accept, without offering to try the same again', async () => {
    const problem = {
      type: 'urn:grantkeeper:problem:invalid-request',
      title: 'Invalid request',
      status: 400,
    };
    const page = await site.open('grants/?as=tomas', (page) =>
      page.route('**/api/v1/oauth-grants?*', (route) =>
        site.answer(route, 400, { ...problem, detail: 'offset must be <= 10.' }),
      ),
    );
    await page.getByRole('alert').getByText('It says: “offset must be <= 10.”').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
    await expectAccessible(page);
  });
}

/** An answer whose first row is not as its contract says. */
function withBadRow(body: object, rows: string): object {
  const [first, ...others]: object[] = Object(body)[rows];
  const bad = {
    client_name: null,
    scopes_granted: null,
    granted_at: 'not a date',
    at: 'not a date',
    scope: null,
  };
  return { ...body, [rows]: [{ ...first, ...bad }, ...others] };
}
