import { expect, it } from 'vitest';
import { saying } from '../../../../server/src/docs/addresses.ts';
import { isAll, some } from '../../../../server/test/effort.ts';
import { referenceAddress } from '../../library/addresses.ts';
import { readDocumentation } from '../../library/documentation.ts';
import { requirement } from '../../library/markdown.ts';
import { samplesOf } from '../../library/samples.ts';
import { type PortalSite, STILL } from './portal-site.ts';

/** Ends when a page has kept its height and its place for forty frames. */
function atRest(): Promise<void> {
  return new Promise((resolve) => {
    let [still, before] = [0, ''];
    const look = () => {
      const now = [document.body.scrollHeight, scrollY].join();
      still = now === before ? still + 1 : 0;
      before = now;
      if (still === 40) resolve();
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** Redocly's pages, with what we put into them and around them. */
export function testReference(site: PortalSite): void {
  it.each(some(readDocumentation().documents, 1).map((document) => [document.name, document] as const))(
    'tells of each operation of %s what it needs, and how to call it',
    async (_, { operations }) => {
      for (const operation of some(operations, 2)) {
        const page = await site.open(referenceAddress(operation));
        const place = new URL(page.url()).hash.slice(1);
        const section = page.locator(`[data-section-id="${place}"]`);
        await section.locator('h2', { hasText: operation.summary }).waitFor();
        await section.getByText(requirement(operation).replaceAll(/[*`]/g, '')).waitFor();
        await section.getByText(/^curl /).waitFor();
        const address = await section.getByRole('link', { name: 'Try it' }).getAttribute('href');
        expect(address).toContain(`document=${operation.document}#/`);
      }
    },
  );

  it('offers every sample of an operation, by the keyboard', async () => {
    const operation = readDocumentation().operations.find(
      ({ operationId }) => operationId === 'revokeOAuthGrants',
    );
    if (!operation) throw new Error('the documents have lost it');
    const page = await site.open(referenceAddress(operation));
    const panel = page.locator('[data-section-id="/oauth-grants/revokeoauthgrants"] .panel-request-samples');
    const [first, second] = samplesOf(operation);
    // The page says the address that it was asked at.
    const expectShown = (source = '') =>
      panel.getByText(saying(source, site.url).split('\n')[0] ?? '').waitFor();
    const choose = (name: string) => page.getByRole('menuitem', { name, exact: true }).press('Enter');
    await expectShown(first?.curl);
    // The menu stays open where a choice is made by the keyboard.
    await panel.getByRole('button', { name: 'curl' }).press('Enter');
    await choose('SDK');
    await expectShown(first?.typescript);
    await choose('curl: filter-based');
    await expectShown(second?.curl);
    await choose('SDK: filter-based');
    await expectShown(second?.typescript);
  });

  it.each(some(readDocumentation().operations, 1))('comes to rest at $operationId', async (operation) => {
    const page = await site.open('');
    // Redocly fills in what is above a place: a page that is still on its way there ends elsewhere.
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
    await site.open(referenceAddress(operation));
    const place = new URL(page.url()).hash.slice(1);
    await page.locator(`[data-section-id="${place}"] h2`).waitFor();
    await page.evaluate(atRest);
    const top = await page
      .locator(`[data-section-id="${place}"] h2`)
      .evaluate((heading) => heading.getBoundingClientRect().top);
    expect(Math.abs(top)).toBeLessThan(200);
    await page.emulateMedia(STILL);
  });

  const places = [
    'reference/oauth-grants.html#/oauth-grants/revokeoauthgrants',
    'reference/oauth-grants.html',
    'reference/user-consent-scopes.html#/applications/assignuserconsentscopes',
  ];
  it.each(some(places, 1))('has nothing that axe objects to: /%s', (path) =>
    site.expectAccessible(path, '#redoc h2'),
  );

  it.runIf(isAll)('is dark where the portal is', async () => {
    const page = await site.open('');
    await page.getByRole('button', { name: 'Dark' }).press('Enter');
    await site.open('reference/me-grants.html');
    expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(true);
    await page.getByRole('button', { name: 'Dark', pressed: true }).first().press('Enter');
  });
}
