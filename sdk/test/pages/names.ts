import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { expectAccessible, type Site } from './site.ts';

const GRANTS = '**/api/v1/oauth-grants?*';

/** How pages name what has an odd name, or none. */
export function testNames(site: Site): void {
  /** Grants, the first of which is changed. */
  const opened = async (change: object, path = 'grants/?as=tomas') => {
    const page = await site.open(path, (page) =>
      page.route(GRANTS, async (route) => {
        const response = await route.fetch();
        const { grants, ...rest } = await response.json();
        const [first, ...others] = grants;
        await route.fulfill({ response, json: { ...rest, grants: [{ ...first, ...change }, ...others] } });
      }),
    );
    const row = page.locator('tbody tr').first();
    await row.waitFor();
    return { page, row };
  };
  /** What there is to see of links, and where they lead. */
  const texts = (page: Page) => page.locator('tbody tr').first().getByRole('link').allInnerTexts();

  it('has no link without a text where a grant has no resource and its user no name that is seen', async () => {
    const unseen = {
      user_name: '\u200B ',
      user_email: undefined,
      resource: '',
      scope: [],
      project_name: ' ',
    };
    const { page, row } = await opened({ ...unseen, client_name: 'An app', user_id: 'somebody' });
    expect(await texts(page)).toEqual(['An app', 'somebody']);
    expect(await row.getByRole('cell').nth(2).textContent()).toBe('no resource');
    await expectAccessible(page);
  });

  it('lets no name of a person or a project change the order of what is around it', async () => {
    const name = '\u202Eliam';
    const { page, row } = await opened({ user_name: name, project_id: 'p1', project_name: name });
    await row.getByRole('button', { name: /^Details of / }).click();
    await page.locator('.history > li').first().waitFor();
    const bare = await page.locator('tbody').evaluate((body, name) => {
      const found: string[] = [];
      const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode;
        if (text.textContent?.includes(name) && !text.parentElement?.closest('bdi'))
          found.push(text.parentElement?.outerHTML ?? '');
      }
      return found;
    }, name);
    expect(bare).toEqual([]);
  });
}
