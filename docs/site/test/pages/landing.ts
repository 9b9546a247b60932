import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { readDocumentation } from '../../library/documentation.ts';
import { type Figures, measure } from './figures.ts';
import type { PortalSite } from './portal-site.ts';

const library = readDocumentation();
const OURS = [
  '',
  ...library.guides.flatMap(([, guides]) => guides.map(({ name }) => `guides/${name}.html`)),
  ...library.documents.map(({ name }) => `reference/${name}/schemas.html`),
];

/** Presses a button that then says "Copied" for two seconds; watches it from before, or a busy machine misses it. */
async function copyWith(page: Page, button: Locator): Promise<void> {
  const copied = page.waitForFunction(() =>
    [...document.querySelectorAll('button')].some(({ textContent }) => textContent === 'Copied'),
  );
  await Promise.all([copied, button.press('Enter')]);
}

/** The first page and the guides: fast, accessible, as Markdown, and with the server's own address. */
export function testLanding(site: PortalSite): void {
  it('is seen within a second and 150 kB, and stays where it is', async () => {
    const loads: Figures[] = [];
    const best = (figure: keyof Figures) => Math.min(...loads.map((load) => load[figure]));
    // The best of several: the machine may be busy with something else.
    while (loads.length < 3 || (best('first') >= 1000 && loads.length < 10)) {
      loads.push(await measure(await site.open('')));
    }
    // Later loads have files from the cache.
    const transferred = Math.max(...loads.map((load) => load.transferred));
    process.stdout.write(
      `first page: ${best('bytes')} bytes, ${transferred} transferred; first contentful paint ${best('first')} ms, ` +
        `largest ${best('largest')} ms, layout shift ${best('shift')}\n`,
    );
    expect(best('bytes')).toBeLessThanOrEqual(150_000);
    expect(best('first')).toBeLessThan(1000);
    expect(best('shift')).toBeLessThan(0.1);
  });

  it.each(OURS)('has nothing that axe objects to, light, dark or narrow: /%s', (path) =>
    site.expectAccessible(path),
  );

  it('can be read at twice the size of text, and on the narrowest of screens', async () => {
    for (const path of ['', 'guides/store.html', 'try/index.html']) {
      const page = await site.open(path);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      expect(await overhang(page), path).toBeLessThanOrEqual(0);
      expect(await overhang(await site.open(path, { width: 320, height: 640 })), path).toBeLessThanOrEqual(0);
    }
  });

  it('has targets for fingers where it is narrow', async () => {
    const page = await site.open('', { width: 375, height: 800 });
    const low = await page
      .locator('header :is(a, button), main button, summary, footer :is(a, button)')
      .evaluateAll((targets) =>
        targets
          .map((one) => ({ text: one.textContent, height: Math.round(one.getBoundingClientRect().height) }))
          .filter(({ height }) => height > 0 && height < 44),
      );
    expect(low).toEqual([]);
  });

  it('prints without what is around it, and black on white', async () => {
    const page = await site.open('guides/store.html');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.locator('header, nav, footer, .copy').filter({ visible: true }).count()).toBe(0);
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ media: 'screen' });
    expect(paper).toBe('rgb(251, 250, 247)');
  });

  it('tells AI tools the address of this very server', async () => {
    const guide = await site.open('guides/ai-tools.html');
    const cursor = guide.getByRole('row', { name: 'Cursor' });
    expect(await cursor.textContent()).toContain(`"url": "${site.url}/mcp"`);
    const page = await site.open('');
    await copyWith(page, page.locator('.tools .copy'));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`"url": "${site.url}/mcp"`);
  });

  it('names no server where only the portal’s files are', async () => {
    const page = await site.openHosted('index.html');
    await page.getByText('127.0.0.1:3000/mcp').first().waitFor();
    expect(await page.locator('body').textContent()).not.toContain('/platform/mcp');
  });

  it('copies a page as Markdown', async () => {
    const page = await site.open('guides/errors.html');
    await copyWith(page, page.getByRole('button', { name: 'Copy as Markdown' }));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^# Errors\n/);
  });

  it('keeps the theme that was chosen from page to page', async () => {
    const page = await site.open('');
    await page.getByRole('button', { name: 'Dark' }).press('Enter');
    await site.open('guides/tokens.html');
    expect(await page.evaluate(() => document.documentElement.style.colorScheme)).toBe('dark');
    await page.getByRole('button', { name: 'Dark', pressed: true }).press('Enter');
    expect(await page.evaluate(() => localStorage.getItem('grantkeeper-theme'))).toBeNull();
  });

  it('shows every guide under its title', async () => {
    for (const { name, title } of library.guides.flatMap(([, list]) => list)) {
      const page = await site.open(`guides/${name}.html`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(title);
    }
  });
}

/** By how many pixels a page is wider than its window. */
function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
