import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { expectAccessible, type Site } from './site.ts';

const UNAUTHORIZED = {
  type: 'urn:grantkeeper:problem:unauthorized',
  title: 'Unauthorized',
  status: 401,
  detail: '',
};

/** What pages offer when the session ends while they are open: the way to sign in again, wherever they say so. */
export function testEndedSession(site: Site): void {
  /** A page whose token has ended, and cannot be renewed. */
  const ended = async (path: string): Promise<Page> => {
    const page = await site.open(path);
    await page.locator('tbody tr').first().waitFor();
    await page.route('**/demo-idp/token', (route) => site.answer(route, 400, { error: 'invalid_grant' }));
    await page.route('**/api/v1/**', (route) => site.answer(route, 401, UNAUTHORIZED));
    return page;
  };
  const signInAgain = async (page: Page) => {
    const button = page.getByRole('button', { name: 'Sign in again' });
    await button.waitFor();
    await expectAccessible(page);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await button.click();
    await page.locator('tbody tr').first().waitFor();
    await button.waitFor({ state: 'detached' });
  };

  it('offers to sign in again where older events cannot be loaded', async () => {
    const page = await ended('audit/?as=tomas');
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.getByRole('alert').getByText('You are signed out.').waitFor();
    await signInAgain(page);
  });

  it('offers to sign in again where nothing can be exported', async () => {
    const page = await ended('grants/?as=tomas');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    await page.getByText(/^Not downloaded\./).waitFor();
    await signInAgain(page);
  });

  it('offers to sign in again where nobody can be found, and not to keep typing', async () => {
    const page = await ended('grants/?as=tomas');
    await page.getByRole('combobox', { name: 'Person or app' }).fill('claude');
    await page.getByText(/^You are signed out\./).waitFor();
    await signInAgain(page);
  });
}
