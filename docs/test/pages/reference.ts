import { expect, it } from 'vitest';
import { referenceAddress } from '../../../server/src/docs/addresses.ts';
import { readLibrary } from '../../../server/src/docs/library.ts';
import type { PortalSite } from './portal-site.ts';

/** Redocly's pages, with what we put into them and around them. */
export function testReference(site: PortalSite): void {
  it.each(readLibrary().documents.map((document) => [document.name, document] as const))(
    'tells of each operation of %s what it needs, and how to call it',
    async (_, { operations }) => {
      for (const operation of operations) {
        const page = await site.open(referenceAddress(operation));
        await page.locator('#redoc h2', { hasText: operation.summary }).first().waitFor();
        await page
          .getByText(/^Required (?:permission|scope)|^Required/)
          .first()
          .waitFor();
        await page.getByText('curl').first().waitFor();
        const address = await page.getByRole('link', { name: 'Try it' }).last().getAttribute('href');
        expect(address).toContain(`document=${operation.document}#/`);
      }
    },
  );

  // What is Redocly's own is theirs to mend.
  it('has nothing that axe objects to around it', () =>
    site.expectAccessible('reference/oauth-grants.html', ['#redoc']));

  it('is dark where the portal is', async () => {
    const page = await site.open('');
    await page.getByRole('button', { name: 'Dark' }).press('Enter');
    await site.open('reference/me-grants.html');
    expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(true);
    await page.getByRole('button', { name: 'Dark', pressed: true }).first().press('Enter');
  });
}
