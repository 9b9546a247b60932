import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { tabTo } from '../../../../sdk/test/pages/keyboard.ts';
import type { PortalSite } from './portal-site.ts';

const LIST = 'try/index.html?document=oauth-grants#/OAuth%20grants/listOAuthGrants';

/** Goes to the people of the demo and types one letter, enough to choose: between two, a busy machine may pause too long. */
async function choosePerson(page: Page, letter: string): Promise<void> {
  await page.locator('#person').waitFor();
  await tabTo(page, /^As /);
  await page.keyboard.press(letter);
}

/** Sends the request of the one operation that is open, and gives what was answered. */
async function execute(page: Page): Promise<{ total_count: number }> {
  await page.getByRole('button', { name: 'Execute' }).waitFor();
  await tabTo(page, 'Execute');
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/api/v1/oauth-grants')),
    page.keyboard.press('Enter'),
  ]);
  expect(answer.status()).toBe(200);
  return answer.json();
}

/** The console, by the keyboard alone, against the server that it comes from. */
export function testTryIt(site: PortalSite): void {
  it('lists grants with a token that was pasted', async () => {
    const page = await site.open(LIST);
    await tabTo(page, /^Access token/);
    await page.keyboard.insertText(await site.token());
    expect((await execute(page)).total_count).toBeGreaterThan(0);
    await page.getByText('"total_count"').first().waitFor();
  });

  it('shows the errors of a token that is not good', async () => {
    const page = await site.open(LIST);
    await tabTo(page, /^Access token/);
    await page.keyboard.type('nonsense');
    await page.getByRole('button', { name: 'Execute' }).press('Enter');
    await page.getByText('urn:grantkeeper:problem:unauthorized').first().waitFor();
  });

  it('changes to another document', async () => {
    const page = await site.open('try/index.html');
    await page.locator('#document').selectOption('me-grants');
    await page.getByText('/v1/me/grants').first().waitFor();
    expect(page.url()).toContain('?document=me-grants');
  });

  it('lists grants as a person of the demo', async () => {
    const page = await site.open(LIST);
    await choosePerson(page, 'T');
    await page.getByText('A token for Tomás Ferreira, account admin, good for 15 minutes').waitFor();
    expect((await execute(page)).total_count).toBeGreaterThan(0);
    await page.locator('.live-responses-table').getByText('200', { exact: true }).waitFor();
    await page.locator('.live-responses-table').getByText('"total_count"').waitFor();
  });

  it.each([
    ['account-grants', 'My%20account/listMyAccountGrants', 'M', '/api/my-account/grants'],
    ['user-consent-scopes', 'Applications/listUserConsentScopes', 'T', '/user-consent-scopes'],
  ])('offers for %s whose tokens are good for it', async (document, operation, letter, path) => {
    const page = await site.open(`try/index.html?document=${document}#/${operation}`);
    await choosePerson(page, letter);
    await page.getByText('good for 15 minutes').waitFor();
    expect(await page.locator('#person option').count()).toBe(2);
    await page.getByRole('button', { name: 'Execute' }).waitFor();
    const field = page.getByPlaceholder('applicationId');
    if (await field.isVisible()) await field.fill('app_slack_4411');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().includes(path)),
      page.getByRole('button', { name: 'Execute' }).press('Enter'),
    ]);
    expect(answer.status()).toBe(200);
  });

  it('lists as whoever was chosen last, though the token of another comes later', async () => {
    const page = await site.open(LIST);
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/app/people/tomas/token', async (route) => {
      await held;
      await route.continue();
    });
    const late = page.waitForResponse('**/app/people/tomas/token');
    await choosePerson(page, 'T');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByText('A token for Noor Haddad').waitFor();
    letGo();
    await (await late).finished();
    expect((await execute(page)).total_count).toBe(0);
    await page.getByText('A token for Noor Haddad').waitFor();
  });

  it('renews the token of a person when it has ended', async () => {
    const page = await site.open(LIST);
    await choosePerson(page, 'T');
    await page.getByText('good for 15 minutes').waitFor();
    const before = await page.locator('#token').inputValue();
    await page.evaluate(() => {
      const now = Date.now;
      Date.now = () => now() + 15 * 60_000;
    });
    expect((await execute(page)).total_count).toBeGreaterThan(0);
    expect(await page.locator('#token').inputValue()).not.toBe(before);
  });

  it('forgets the person where a token is pasted, and stays where it is on Enter', async () => {
    const page = await site.open(LIST);
    await choosePerson(page, 'T');
    await page.getByText('good for 15 minutes').waitFor();
    await tabTo(page, /^Access token/);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('nonsense');
    await page.keyboard.press('Enter');
    expect(await page.locator('#person').inputValue()).toBe('');
    expect(await page.locator('#token-status').textContent()).toBe('');
    expect(page.url()).toContain(LIST);
  });

  it('says so where no token came', async () => {
    const page = await site.open(LIST);
    await page.route('**/app/people/*/token', (route) => route.abort());
    await choosePerson(page, 'T');
    await page.getByText('No token came.').waitFor();
    await page.unroute('**/app/people/*/token');
    expect((await execute(page)).total_count).toBeGreaterThan(0);
  });

  it('offers nobody where the portal’s files are and no server', async () => {
    const page = await site.openHosted('try/index.html?document=me-grants');
    await page.getByText('/v1/me/grants').first().waitFor();
    expect(await page.locator('#person').isVisible()).toBe(false);
  });

  it.each([LIST, 'try/index.html?document=oauth-grants#/OAuth%20grants/revokeOAuthGrants'])(
    'has nothing that axe objects to: /%s',
    (path) => site.expectAccessible(path, '.execute'),
  );
}
