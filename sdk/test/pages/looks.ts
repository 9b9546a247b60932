import type { Locator, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Site } from './site.ts';

const TOMAS = 'grants/?as=tomas';
const GRANTS = '**/api/v1/oauth-grants?*';
const WIDTHS = [320, 640, 1120, 1200, 1280, 1320];

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

  it('is printed in ink on paper, also by whom chose dark', async () => {
    for (const path of ['connected-apps/?as=michael', TOMAS]) {
      const page = await opened(path);
      const ink = () => style(page.locator('main h1'), 'color');
      const light = await ink();
      const toggle = page.getByRole('button', { name: 'Dark' });
      await toggle.click();
      expect(await ink()).not.toBe(light);
      await page.emulateMedia({ media: 'print' });
      expect(await ink()).toBe(light);
      await page.emulateMedia({ media: 'screen' });
      expect(await ink()).not.toBe(light);
      await toggle.click();
    }
  });

  const expectNoSideways = async (page: Page) => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(excess, `at ${width} pixels`).toBeLessThanOrEqual(0);
    }
  };
  /** What has no place to break a line. */
  const long = (length: number) => 'y'.repeat(length);

  it('breaks long words of apps, on the page and in the dialog that asks before it revokes', async () => {
    const page = await opened('connected-apps/?as=michael', (page) =>
      page.route('**/v1/me/grants', async (route) => {
        const response = await route.fetch();
        const { data } = await response.json();
        const scopes_granted = [
          `https://scopes.example/${long(80)}`,
          `${long(80)}:read`,
          `project:${long(80)}`,
        ];
        const client_uri = `https://${long(60)}.${long(60)}.example/`;
        const first = { ...data[0], client_name: long(120), client_uri, scopes_granted };
        await route.fulfill({ response, json: { data: [first, ...data.slice(1)] } });
      }),
    );
    await expectNoSideways(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await page
      .locator('.app')
      .first()
      .getByRole('button', { name: /^Revoke / })
      .first()
      .click();
    const excess = await page
      .getByRole('dialog')
      .evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    expect(excess).toBe(0);
  });

  it('breaks long words of grants, and does not cut off what can be done with them', async () => {
    const page = await opened(TOMAS, (page) =>
      page.route(GRANTS, async (route) => {
        const response = await route.fetch();
        const { grants, ...rest } = await response.json();
        const words = [
          { client_name: long(120), user_name: long(120) },
          { user_email: `${long(100)}@mail.example`, resource: `https://${long(60)}.example/` },
          { scope: [`https://scopes.example/${long(80)}`], project_name: long(80) },
        ];
        const changed = grants.map((grant: object, index: number) => ({ ...grant, ...words[index] }));
        await route.fulfill({ response, json: { ...rest, grants: changed } });
      }),
    );
    await expectNoSideways(page);
    await page.unroute(GRANTS);
    await page.reload();
    await page.locator('tbody tr').first().waitFor();
    await page.evaluate(() =>
      document.documentElement.style.setProperty('--sans', '"DejaVu Sans", Verdana, monospace'),
    );
    await expectNoSideways(page);
  });

  it('has nothing on Grants that is too low for a finger', async () => {
    const page = await opened(TOMAS);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const heights = await page
        .locator('.actions button, thead button, .jump .link')
        .evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().height));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(24);
    }
  });
}
