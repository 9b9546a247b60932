import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { focused } from './keyboard.ts';
import { expectAccessible, type Site } from './site.ts';

const TOMAS = 'grants/?as=tomas';
const SEARCH = '**/api/v1/oauth-grants/search';

const box = (page: Page) => page.getByRole('combobox', { name: 'Person or app' });

/** What the combobox offers, and not what other fields of the page do. */
const options = (page: Page, which: { name?: string; selected?: boolean } = {}) =>
  page.getByRole('listbox').getByRole('option', which);

/** Types into the combobox and chooses the best match. */
export async function choose(page: Page, text: string): Promise<void> {
  await box(page).fill(text);
  await options(page).first().waitFor();
  await box(page).press('Enter');
}

/** Narrowing the grants to a person or an app. */
export function testPartyFilter(site: Site): void {
  const address = (page: Page) => new URL(page.url()).searchParams;
  const chosen = (page: Page) => page.getByRole('list', { name: 'Chosen person and app' });
  const opened = async (path = TOMAS, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await page.locator('tbody tr').first().waitFor();
    return page;
  };
  /** Somebody with a grant whose name has two words. */
  const somebody = async (): Promise<{ user_id: string; user_name: string }> => {
    const { grants } = await site.ask('tomas', '/api/v1/oauth-grants?limit=100');
    return grants.find(({ user_name }: { user_name?: string }) => / /.test(user_name ?? ''));
  };

  it('finds a person by the beginnings of the names, by keyboard alone, and shows the name', async () => {
    const { user_id, user_name } = await somebody();
    const page = await opened();
    const typed = user_name.split(' ').map((word) => word.slice(0, 4).toLowerCase());
    await box(page).pressSequentially(typed.toReversed().join(' '));
    const option = options(page, { name: user_name });
    await option.waitFor();
    expect(await box(page).getAttribute('aria-expanded')).toBe('true');
    await box(page).press('ArrowDown');
    const active = await box(page).getAttribute('aria-activedescendant');
    expect(await options(page, { selected: true }).getAttribute('id')).toBe(active);
    await expectAccessible(page);
    await box(page).press('Escape');
    expect(await box(page).getAttribute('aria-expanded')).toBe('false');
    await box(page).press('ArrowDown');
    await box(page).press('Enter');
    await chosen(page).getByText(user_name).waitFor();
    expect(address(page).get('user_id')).toBe(user_id);
    expect(await focused(page)).toBe('Person or app');
    expect(await box(page).inputValue()).toBe('');
    await expectAccessible(page);

    await page.getByRole('button', { name: `Remove ${user_name}` }).click();
    expect(address(page).has('user_id')).toBe(false);
    expect(await focused(page)).toBe('Person or app');
  });

  it('takes an app beside a person, by mouse, and an id from the address', async () => {
    const { user_id, user_name } = await somebody();
    const page = await opened(`${TOMAS}&status=all&user_id=${encodeURIComponent(user_id)}`);
    await chosen(page).getByText(user_name).waitFor();
    await box(page).fill('claude c');
    await options(page, { name: 'Claude Code' }).click();
    await chosen(page).getByText('Claude Code').waitFor();
    expect([...address(page).keys()]).toEqual(expect.arrayContaining(['client_id', 'user_id']));
  });

  it('drops the answer for what was typed before, and says that nothing was found', async () => {
    const asked: string[] = [];
    const page = await opened(TOMAS, (page) =>
      page.route(SEARCH, async (route) => {
        const { query } = route.request().postDataJSON();
        asked.push(query);
        // The first never comes in time: the page has aborted it, or ignores it.
        if (query !== 'claude') await route.continue();
      }),
    );
    await box(page).fill('claude');
    await eventually(async () => expect(asked).toEqual(['claude']));
    await box(page).fill('nobody-is-called-this');
    await page.getByText('No person or app found').waitFor();
    expect(await options(page).count()).toBe(0);
    await box(page).press('Enter');
    expect([...address(page).keys()]).toEqual(['as']);
  });
  it('says that what is typed is no filter before one is chosen, and keeps it', async () => {
    const page = await opened();
    await box(page).fill('claude c');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('This filters nothing yet').waitFor();
    expect(await focused(page)).toBe('Person or app');
    expect(await box(page).inputValue()).toBe('claude c');
    expect(await box(page).getAttribute('aria-invalid')).toBe('true');
    await options(page, { name: 'Claude Code' }).waitFor();
    const topOf = (element: Element) => element.getBoundingClientRect().top;
    const told = await page.getByText('This filters nothing yet').evaluate(topOf);
    expect(await page.getByRole('listbox').evaluate(topOf)).toBeGreaterThan(told);
    await expectAccessible(page);
    await page.getByRole('radio', { name: 'all' }).check();
    expect(address(page).get('status')).toBe('all');
    expect(await box(page).inputValue()).toBe('claude c');
    await page.getByText('This filters nothing yet').waitFor();
    await choose(page, 'claude code');
    await chosen(page).getByText('Claude Code').waitFor();
    expect(await page.getByText('This filters nothing yet').count()).toBe(0);
  });
}
