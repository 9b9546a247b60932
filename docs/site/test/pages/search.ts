import { expect, it } from 'vitest';
import { referenceAddress } from '../../library/addresses.ts';
import { readDocumentation } from '../../library/documentation.ts';
import type { PortalSite } from './portal-site.ts';

const { operations } = readDocumentation();

/** Search, by the keyboard alone. */
export function testSearch(site: PortalSite): void {
  it.each(operations.map((operation) => [operation.operationId, operation] as const))(
    'leads to %s in one step',
    async (id, operation) => {
      const page = await site.open('');
      await page.keyboard.press('/');
      await page.keyboard.type(id);
      await page.getByRole('option', { name: operation.summary, exact: false }).first().waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/docs/${referenceAddress(operation)}`);
      await page.getByRole('heading', { level: 1, name: operation.summary }).waitFor();
    },
  );

  it('moves by arrows, says how much it found, and closes', async () => {
    const page = await site.open('guides/errors.html');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('revoke');
    const options = page.getByRole('option');
    await options.nth(1).waitFor();
    await page.keyboard.press('ArrowDown');
    expect(await options.nth(1).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await options.last().getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('dialog [role=status]').textContent()).toMatch(/^The best 12 of \d+ found\.$/);
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
  });

  it('works from a disk too, without any server', async () => {
    const page = await site.openFile('guides/store.html');
    await page.keyboard.press('/');
    await page.keyboard.type('revokeMeGrant');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('file://**/reference/me-grants/revokeMeGrant.html');
    await page
      .getByRole('heading', { level: 1, name: 'Revoke a grant the authenticated user has issued' })
      .waitFor();
  });

  it('says what to try where there is nothing', async () => {
    const page = await site.open('');
    await page.keyboard.press('/');
    await page.keyboard.type('xylophone');
    await page.getByText('Nothing found. Try fewer or other words').waitFor();
  });

  it('shows what was found of a page, and guides beside operations', async () => {
    const page = await site.open('');
    await page.keyboard.press('/');
    await page.keyboard.type('revoke grants');
    await page.getByRole('option').first().waitFor();
    const kinds = await page.locator('[role=option] .kind').allTextContents();
    expect(kinds.filter((kind) => kind === 'guide').length).toBeGreaterThan(1);
    expect(await page.locator('[role=option] .excerpt').first().textContent()).toMatch(/revoke/i);
  });

  it('has nothing that axe objects to while it is open', async () => {
    const page = await site.open('');
    await page.addScriptTag({ url: '/docs/axe.js' });
    await page.keyboard.press('/');
    await page.keyboard.type('grant');
    await page.getByRole('option').first().waitFor();
    const found = await page.evaluate(async () => (await window.axe.run()).violations.map(({ id }) => id));
    expect(found).toEqual([]);
  });
}
