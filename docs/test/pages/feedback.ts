import { expect, it } from 'vitest';
import { tabTo } from './keyboard.ts';
import type { PortalSite } from './portal-site.ts';

/** "Was this page helpful?", by the keyboard alone. */
export function testFeedback(site: PortalSite): void {
  it('sends which page, whether it helped, and the comment', async () => {
    const page = await site.open('guides/paging.html');
    const sent: unknown[] = [];
    await page.route('**/docs/feedback', (route) => {
      sent.push(route.request().postDataJSON());
      return route.fulfill({ status: 204 });
    });
    await tabTo(page, 'No');
    await page.keyboard.press('Enter');
    await tabTo(page, /^What could be better/);
    await page.keyboard.type('Say more about cursors.');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    await page.getByText('Thank you.').waitFor();
    expect(sent).toEqual([
      { page: '/docs/guides/paging.html', helpful: false, comment: 'Say more about cursors.' },
    ]);
  });

  it('needs no comment', async () => {
    const page = await site.open('');
    await page.route('**/docs/feedback', (route) => route.fulfill({ status: 201, json: {} }));
    await page.getByRole('button', { name: 'Yes' }).press('Enter');
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.getByText('Thank you.').waitFor();
  });

  it('goes where a server takes no feedback, and says so where that failed', async () => {
    const page = await site.open('guides/tokens.html');
    let status = 500;
    await page.route('**/docs/feedback', (route) => route.fulfill({ status }));
    await page.getByRole('button', { name: 'Yes' }).press('Enter');
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.getByText('That did not arrive.').waitFor();
    status = 404;
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.locator('.feedback').waitFor({ state: 'hidden' });
  });
}
