import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Site } from './site.ts';

const TOMAS = 'grants/?as=tomas';

/** What pages look like where colours, fonts and words are not those that they were made with. */
export function testLooks(site: Site): void {
  const opened = async (path: string, prepare?: (page: Page) => Promise<unknown>) => {
    const page = await site.open(path, prepare);
    await page.locator('tbody tr, .app').first().waitFor();
    return page;
  };
  const style = (place: Locator, property: string, pseudo?: string) =>
    place.evaluate(
      (element, { property, pseudo }) => getComputedStyle(element, pseudo).getPropertyValue(property),
      { property, pseudo },
    );

  it('marks what is chosen in the colours of the system, where it forces them', async () => {
    const page = await opened(TOMAS);
    await page.emulateMedia({ forcedColors: 'active' });
    const background = (place: Locator, pseudo?: string) => style(place, 'background-color', pseudo);
    const choices = page.locator('.choice-filter label');
    const chosen = await background(choices.filter({ has: page.getByRole('radio', { name: 'active' }) }));
    expect(chosen).not.toBe(
      await background(choices.filter({ has: page.getByRole('radio', { name: 'all' }) })),
    );
    const toggle = page.getByRole('button', { name: 'Dark' });
    const knob = () => background(toggle.locator('span'), '::before');
    expect(await knob()).not.toBe(await background(page.locator('body')));
    await toggle.click();
    expect(await knob()).not.toBe(await background(page.locator('body')));
    await toggle.click();
    const link = (name: string) =>
      page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name });
    expect(await style(link('Grants'), 'text-decoration-line')).toBe('underline');
    expect(await style(link('Audit'), 'text-decoration-line')).toBe('none');
  });
}
