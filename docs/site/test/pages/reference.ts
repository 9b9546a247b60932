import { expect, it } from 'vitest';
import { tabTo } from '../../../../sdk/test/pages/keyboard.ts';
import { saying } from '../../../../server/src/docs/addresses.ts';
import { referenceAddress } from '../../library/addresses.ts';
import { readDocumentation } from '../../library/documentation.ts';
import { samplesOf } from '../../library/samples.ts';
import type { PortalSite } from './portal-site.ts';

const { operations } = readDocumentation();

/** The pages of operations, and Redocly's of whole documents. */
export function testReference(site: PortalSite): void {
  it.each(operations)('shows how to call $operationId at this server', async (operation) => {
    const page = await site.open(referenceAddress(operation));
    await page.getByRole('heading', { level: 1, name: operation.summary }).waitFor();
    for (const { curl } of samplesOf(operation)) {
      // The page says the address that it was asked at.
      await page
        .getByText(saying(curl, site.url).split('\n')[0] ?? '')
        .first()
        .waitFor();
    }
    const address = await page.getByRole('link', { name: 'Try it' }).last().getAttribute('href');
    expect(address).toContain(`document=${operation.document}#/`);
  });

  it('unfolds errors and attributes, and goes on to the next operation, by the keyboard', async () => {
    const page = await site.open('reference/oauth-grants/listOAuthGrants.html');
    const error = page.locator('details.error').first();
    const example = error.getByText('urn:grantkeeper:problem:invalid-request').first();
    expect(await example.isVisible()).toBe(false);
    await error.locator('summary').press('Enter');
    await example.waitFor();
    await page.getByText('Attributes').first().press('Enter');
    await page.getByText('client_name', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: /^Next/ }).press('Enter');
    await page.waitForURL(`**/docs/${referenceAddress(second())}`);
    expect(await page.locator('.menu [aria-current]').getAttribute('href')).toContain(second().operationId);
  });

  it('shows samples in the language that was chosen, on the next page too', async () => {
    const page = await site.open('reference/oauth-grants/revokeOAuthGrants.html');
    const language = page.getByLabel('Language');
    await tabTo(page, /^Language/);
    // The first that begins with it. More letters count as one word only if they come within a second.
    await page.keyboard.press('P');
    await page.getByText('requests.post(').first().waitFor();
    expect(await page.getByText('curl -X POST').first().isVisible()).toBe(false);
    await site.open('reference/me-grants/listMeGrants.html');
    expect(await language.inputValue()).toBe('Python');
    await page.getByText('requests.get(').waitFor();
    await site.expectAccessibleNow(page);
    await page.evaluate(() => localStorage.removeItem('grantkeeper-language'));
  });

  it('has its menu before the article, shut at first, where the page is narrow', async () => {
    const page = await site.open('reference/oauth-grants/listOAuthGrants.html', { width: 390, height: 800 });
    const links = page.getByRole('navigation', { name: 'Operations' }).getByRole('link');
    expect(await links.first().isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Operations' }).press('Enter');
    await links.first().waitFor();
    const menu = await page.locator('.menu').boundingBox();
    const article = await page.locator('article').boundingBox();
    expect((menu?.y ?? 0) + (menu?.height ?? 0)).toBeLessThanOrEqual(article?.y ?? 0);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    expect((await page.locator('header').boundingBox())?.y).toBe(0);
  });

  it('shows a whole document on one page, as Redocly makes it', async () => {
    const page = await site.open('reference/me-grants/listMeGrants.html');
    await page.getByRole('link', { name: 'All of it on one page (Redoc)' }).press('Enter');
    await page.waitForURL('**/docs/redoc/me-grants.html');
    // Drawn by its script, which the policy lets run, with this server's address.
    await page.getByRole('link', { name: 'Me', exact: true }).click();
    await page.getByText('Revoke a grant the authenticated user has issued').first().waitFor();
    await page.waitForURL('**/docs/redoc/me-grants.html#/**');
    expect(await page.locator('#redoc').textContent()).toContain(site.url);
  });

  const places = [
    'reference/oauth-grants/revokeOAuthGrants.html',
    'reference/oauth-grants.html',
    'reference/user-consent-scopes/assignUserConsentScopes.html',
  ];
  it.each(places)('has nothing that axe objects to: /%s', (path) => site.expectAccessible(path));
}

function second() {
  const [, operation] = operations;
  if (!operation) throw new Error('the documents have lost it');
  return operation;
}
