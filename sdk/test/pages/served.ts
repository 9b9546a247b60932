import { expect, it } from 'vitest';
import { ROOT } from '../../../scripts/processes/server-process.ts';
import type { Site } from './site.ts';

/** How `npm start` serves the pages: at `/app/`, from the server's own origin. */
export function testServed(site: Site): void {
  const headerOf = async (path: string, header: string) =>
    (await fetch(`${site.server}${path}`)).headers.get(header);

  it('shows them under a policy that lets nothing in, from the choice of a person on', async () => {
    const page = await site.visit(`${site.server}/app`);
    await page.getByRole('link', { name: 'Grants, as Priya Raman' }).click();
    await page.getByRole('button', { name: 'Continue as Priya Raman' }).click();
    await page.locator('tbody tr').first().waitFor();
    await page.getByRole('link', { name: 'Connected apps' }).click();
    await page.getByRole('heading', { name: 'No app is connected' }).waitFor();
    expect(await headerOf('/app/', 'content-security-policy')).toMatch(
      /^default-src 'none';script-src 'self';/,
    );
  });

  it('has them as people get them, whoever built them, without what tells developers where things are', async () => {
    const page = await (await fetch(`${site.server}/app/grants/`)).text();
    const scripts = page.match(/assets\/[\w-]+\.js/g) ?? [];
    expect(scripts.length).toBeGreaterThan(1);
    for (const script of scripts) {
      const code = await (await fetch(`${site.server}/app/${script}`)).text();
      expect(code.includes(ROOT), script).toBe(false);
    }
  });

  it('lets browsers keep what never changes, and ask again for what may', async () => {
    const page = await (await fetch(`${site.server}/app/grants/`)).text();
    const [script = ''] = /assets\/[\w-]+\.js/.exec(page) ?? [];
    expect(await headerOf(`/app/${script}`, 'cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await headerOf('/app/grants/', 'cache-control')).toBe('no-cache');
    expect(page).not.toMatch(/<script(?![^>]*src=)|<style| style=/);
  });
}
