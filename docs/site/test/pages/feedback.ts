import { expect, it } from 'vitest';
import { focused, tabTo } from '../../../../sdk/test/pages/keyboard.ts';
import type { PortalSite } from './portal-site.ts';

/** What the limit of an address is; tests before the one that reaches it send fewer. */
const MAX_PER_MINUTE = 10;

/** "Was this page helpful?", by the keyboard alone. */
export function testFeedback(site: PortalSite): void {
  it('keeps which page it was, whether it helped, and the comment', async () => {
    const page = await site.open('guides/paging.html');
    await tabTo(page, 'No');
    await page.keyboard.press('Enter');
    await tabTo(page, /^What could be better.*no personal data/);
    await page.keyboard.type('Say more about cursors.');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Thank you.').waitFor();
    expect(await focused(page)).toMatch(/^Thank you\./);
    expect(await site.feedback()).toMatchObject([
      {
        page: 'guides/paging.html',
        yes: 0,
        no: 1,
        comments: [{ helpful: false, comment: 'Say more about cursors.' }],
      },
    ]);
  });

  it.each([
    ['', 'index.html'],
    ['reference/me-grants.html', 'reference/me-grants.html'],
  ])('needs no comment, and calls a page as its file is called: /docs/%s', async (path, name) => {
    const page = await site.open(path);
    await tabTo(page, 'Yes', 'Shift+Tab');
    await page.keyboard.press('Space');
    await tabTo(page, 'Send');
    await page.keyboard.press('Space');
    await page.getByText('Thank you.').waitFor();
    expect(await site.feedback()).toContainEqual({ page: name, yes: 1, no: 0, comments: [] });
  });

  it('has nothing that axe objects to, while it asks and when it has thanked', async () => {
    const page = await site.open('guides/revoking.html');
    await page.getByRole('button', { name: 'Yes' }).press('Enter');
    await site.expectAccessibleNow(page);
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await page.getByText('Thank you.').waitFor();
    await site.expectAccessibleNow(page);
  });

  it('takes no more of a comment than the server does', async () => {
    const page = await site.open('guides/errors.html');
    await tabTo(page, 'Yes');
    await page.keyboard.press('Space');
    await tabTo(page, /^What could be better/);
    await page.keyboard.insertText('x'.repeat(1200));
    await tabTo(page, 'Send');
    await page.keyboard.press('Space');
    await page.getByText('Thank you.').waitFor();
    const said = (await site.feedback()).find((one) => one.page === 'guides/errors.html');
    expect(said?.comments[0]?.comment).toHaveLength(1000);
  });

  it('says so where the server cannot be reached, and keeps what was written', async () => {
    const page = await site.open('guides/tokens.html');
    await page.route('**/docs/feedback', (route) => route.abort());
    await tabTo(page, 'Yes');
    await page.keyboard.press('Enter');
    await tabTo(page, /^What could be better/);
    await page.keyboard.type('A diagram.');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    await page.getByText('That did not arrive.').waitFor();
    expect(await focused(page)).toBe('Send');
    await page.unroute('**/docs/feedback');
    await page.keyboard.press('Enter');
    await page.getByText('Thank you.').waitFor();
    const said = (await site.feedback()).find((one) => one.page === 'guides/tokens.html');
    expect(said).toMatchObject({ yes: 1, comments: [{ comment: 'A diagram.' }] });
  });

  it('says so where the portal’s files are and no server', async () => {
    const page = await site.openHosted('guides/tokens.html');
    await tabTo(page, 'Yes');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Send');
    await page.keyboard.press('Enter');
    await page.getByText('This site takes no feedback.').waitFor();
    expect(await focused(page)).toBe('This site takes no feedback.');
  });

  it('says when to try again in words: seconds, minutes, hours', async () => {
    const page = await site.open('guides/tokens.html');
    let headers = {};
    await page.route('**/docs/feedback', (route) => route.fulfill({ status: 429, headers }));
    await tabTo(page, 'Yes');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Send');
    for (const [seconds, words] of [
      ['1', 'in 1 second'],
      ['840', 'in 14 minutes'],
      ['17900', 'in 5 hours'],
      ['nonsense', 'later'],
    ]) {
      headers = { 'Retry-After': seconds };
      await page.keyboard.press('Enter');
      await page.getByText(`Please try again ${words}.`).waitFor();
    }
  });

  // The last one, for after it nobody is heard for a minute.
  it('says when to try again to whoever sends too much', async () => {
    const page = await site.open('guides/store.html');
    const body = JSON.stringify({ page: 'guides/store.html', helpful: true });
    const headers = { 'Content-Type': 'application/json' };
    await tabTo(page, 'Yes');
    await page.keyboard.press('Enter');
    await tabTo(page, 'Send');
    const send = () => fetch(`${site.url}/docs/feedback`, { method: 'POST', headers, body });
    // More than the limit, if the minute that earlier tests began ends on the way.
    for (let sent = 0; (await send()).status !== 429; sent++) expect(sent).toBeLessThan(2 * MAX_PER_MINUTE);
    await page.keyboard.press('Enter');
    await page.getByText(/Please try again in \d+ seconds?\.$/).waitFor();
    expect(await focused(page)).toBe('Send');
  });
}
