import { expect, it } from 'vitest';
import { eventually } from '../../../server/test/eventually.ts';
import { expectAccessible, type Site } from './site.ts';

const MICHAEL = 'connected-apps/?as=michael';

/** Who the visitor of a page is, and what they like. */
export function testVisitor(site: Site): void {
  const opened = async () => {
    const page = await site.open(MICHAEL);
    await page.locator('.app').first().waitFor();
    return page;
  };

  it('is light or dark as the system is, until the visitor chooses, and remembers that', async () => {
    const page = await opened();
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const toggle = page.getByRole('button', { name: 'Dark' });
    const light = await paper();
    await toggle.click();
    expect(await toggle.getAttribute('aria-pressed')).toBe('true');
    expect(await paper()).not.toBe(light);
    await expectAccessible(page);
    await page.reload({ waitUntil: 'commit' });
    await page.locator('.app').first().waitFor();
    expect(await paper()).not.toBe(light);
    await toggle.click();
    expect(await paper()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(async () => expect(await toggle.getAttribute('aria-pressed')).toBe('true'));
    expect(await paper()).not.toBe(light);
  });

  it('lets a visitor choose whom to be', async () => {
    const page = await site.visit('');
    await page.getByRole('link', { name: 'Connected apps, as Noor Haddad' }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole('link', { name: /^Grants, as/ }).count()).toBe(5);
  });
}
