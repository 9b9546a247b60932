import { expect, it } from 'vitest';
import { tabTo } from './keyboard.ts';
import type { PortalSite } from './portal-site.ts';

const LIST = 'try/index.html?document=oauth-grants#/OAuth%20grants/listOAuthGrants';

/** The console, by the keyboard alone, against the server that it comes from. */
export function testTryIt(site: PortalSite): void {
  it('lists grants with a token that was pasted', async () => {
    const page = await site.open(LIST);
    await tabTo(page, /^Access token/);
    await page.keyboard.insertText(await site.token());
    await page.getByRole('button', { name: 'Execute' }).waitFor();
    await tabTo(page, 'Execute');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes('/api/v1/oauth-grants')),
      page.keyboard.press('Enter'),
    ]);
    expect(answer.status()).toBe(200);
    expect((await answer.json()).total_count).toBeGreaterThan(0);
    await page.getByText('"total_count"').first().waitFor();
  });

  it('shows the errors of a token that is not good', async () => {
    const page = await site.open(LIST);
    await page.locator('#token').fill('nonsense');
    await page.getByRole('button', { name: 'Execute' }).press('Enter');
    await page.getByText('urn:grantkeeper:problem:unauthorized').first().waitFor();
  });

  it('changes to another document', async () => {
    const page = await site.open('try/index.html');
    await page.locator('#document').selectOption('me-grants');
    await page.getByText('/v1/me/grants').first().waitFor();
    expect(page.url()).toContain('?document=me-grants');
  });

  it('gives a token for a person of the demo, where the server has such people', async () => {
    const page = await site.open('');
    const token = await site.token();
    await page.route('**/app/people', (route) =>
      route.fulfill({ json: { people: [{ id: 'tomas', name: 'Tomás Ferreira', role: 'Account admin' }] } }),
    );
    await page.route('**/app/people/tomas/token', (route) =>
      route.fulfill({ json: { access_token: token, token_type: 'Bearer', expires_in: 900 } }),
    );
    await site.open('try/index.html');
    await page.locator('#person').selectOption('tomas');
    await page.getByText('good for 15 minutes').waitFor();
    expect(await page.locator('#token').inputValue()).toBe(token);
  });

  // What is Swagger UI's own is theirs to mend.
  it('has nothing that axe objects to around it', () =>
    site.expectAccessible('try/index.html', ['#console']));
}
