import { expect, it } from 'vitest';
import { readGuides } from '../../../server/src/docs/guides.ts';
import { tabTo } from './keyboard.ts';
import type { PortalSite } from './portal-site.ts';

/** The first page and the guides: fast, accessible, as Markdown, and with the server's own address. */
export function testLanding(site: PortalSite): void {
  it('is seen within a second and 150 kB', async () => {
    const page = await site.open('');
    const { bytes, first } = await page.evaluate(async () => {
      const paint = await new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const entry = list.getEntriesByName('first-contentful-paint')[0];
          if (entry) resolve(entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      });
      const loaded = [
        ...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource'),
      ];
      const sizes = loaded.map((entry) => (entry as PerformanceResourceTiming).decodedBodySize);
      return { first: Math.round(paint), bytes: sizes.reduce((sum, size) => sum + size, 0) };
    });
    process.stdout.write(`first page: ${bytes} bytes, first render after ${first} ms\n`);
    expect(bytes).toBeLessThanOrEqual(150_000);
    expect(first).toBeLessThan(1000);
  });

  it.each([
    '',
    'guides/quickstart.html',
    'guides/rows-to-grants.html',
    'guides/scaling-out.html',
    'reference/oauth-grants/schemas.html',
  ])('has nothing that axe objects to, light, dark or narrow: /%s', (path) => site.expectAccessible(path));

  it('tells AI tools the address of this very server', async () => {
    const page = await site.open('');
    await tabTo(page, 'Cursor');
    await page.keyboard.press('Enter');
    const settings = page.locator('details[open]', { hasText: '.cursor/mcp.json' }).locator('code').last();
    expect(await settings.textContent()).toContain(`"url": "${site.url}/mcp"`);
    await page.locator('.address .copy').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${site.url}/mcp`);
  });

  it('copies a page as Markdown', async () => {
    const page = await site.open('guides/errors.html');
    await page.getByRole('button', { name: 'Copy as Markdown' }).press('Enter');
    await page.getByRole('button', { name: 'Copied' }).waitFor();
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
    for (const { name, title } of readGuides().flatMap(([, list]) => list)) {
      const page = await site.open(`guides/${name}.html`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(title);
    }
  });
}
