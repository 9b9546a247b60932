import { expect, it } from 'vitest';
import { readContracts } from '../../src/contracts.ts';
import { referenceAddress } from '../../src/reference/redocly.ts';
import type { PortalSite } from './portal-site.ts';

/** Redocly's pages, with what we put into them and around them. */
export function testReference(site: PortalSite): void {
  it.each(readContracts().map((contract) => [contract.name, contract] as const))(
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
        expect(address).toContain(`document=${operation.contract}#/`);
      }
    },
  );

  // What is Redocly's own is theirs to mend.
  it('has nothing that axe objects to around it', () =>
    site.expectAccessible('reference/oauth-grants.html', ['#redoc']));

  it.each([
    ['reference/oauth-grants.html#/oauth-grants/revokeoauthgrants', '#redoc h2'],
    ['try/index.html?document=oauth-grants#/OAuth%20grants/revokeOAuthGrants', '.execute'],
  ])('has colours that can be read, in what others made too: /%s', async (path, shown) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await site.open('');
      await page.emulateMedia({ colorScheme });
      await site.open(path);
      await page.locator(shown).first().waitFor();
      await page.addScriptTag({ url: '/docs/axe.js' });
      const faint = await page.evaluate(async () => {
        const { violations } = await window.axe.run({ runOnly: ['color-contrast'] });
        return violations.flatMap(({ nodes }) => nodes.map(({ failureSummary }) => failureSummary));
      });
      expect(faint, colorScheme).toEqual([]);
    }
  });

  it('is dark where the portal is', async () => {
    const page = await site.open('');
    await page.getByRole('button', { name: 'Dark' }).press('Enter');
    await site.open('reference/me-grants.html');
    expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(true);
    await page.getByRole('button', { name: 'Dark', pressed: true }).first().press('Enter');
  });
}
