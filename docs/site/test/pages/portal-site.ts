import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import express from 'express';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type ServerProcess, startServer } from '../../../../scripts/processes/server-process.ts';
import { CHROMIUM } from '../../../../sdk/test/pages/chromium.ts';
import { withDatabase } from '../../../../server/src/cli/database.ts';
import { readConfig } from '../../../../server/src/config.ts';
import { summarizeFeedback } from '../../../../server/src/docs/feedback-summary.ts';
import { type Listening, listen } from '../../../../server/src/http/listen.ts';
import { openOwnIssuer } from '../../../../server/src/http/own-issuer.ts';
import { PATIENCE } from '../../../../server/test/eventually.ts';
import { BUILT } from '../../pages/build.ts';

const HOUR = 60 * 60;
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 375, height: 800 };
/** How pages are seen: by day, and with nothing that moves. */
export const STILL = { colorScheme: 'light', reducedMotion: 'reduce' } as const;
/** Where tests put axe: a script from anywhere else is against the pages' policy. */
const AXE = '/docs/axe.js';

/** The portal in Chromium, as a demo server has it. */
export class PortalSite {
  #dataDir = '';
  #server: ServerProcess | undefined;
  /** Has the portal's files below a path of its own, and nothing else. */
  #fileHost: Listening | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  /** Requests for anything but these. */
  readonly #strays: string[] = [];
  /** What the pages' code threw, and what it did against their policy. */
  readonly #faults: string[] = [];

  async start(): Promise<void> {
    this.#dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-docs-'));
    this.#server = await startServer({ DATA_DIR: this.#dataDir });
    const files = express().use('/platform/manual', express.static(BUILT));
    this.#fileHost = await listen(files, { host: '127.0.0.1', port: 0 });
    // Whatever is not on this machine is not there, so nothing leaves it even where a test would let it.
    const args = ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];
    this.#browser = await chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args });
    const context = await this.#browser.newContext({
      ...STILL,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(PATIENCE);
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      const isOurs = [this.url, this.#fileHost?.url].includes(origin);
      if (protocol.startsWith('http') && !isOurs) this.#strays.push(request.url());
    });
    context.on('weberror', (error) => this.#faults.push(`${error.error()}`));
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.#faults.push(message.text());
    });
    await context.route(`**${AXE}`, (route) =>
      route.fulfill({ contentType: 'text/javascript', body: axe.source }),
    );
    this.#page = await context.newPage();
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#fileHost?.close();
    await this.#server?.stop();
    await rm(this.#dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }

  /** The server's origin. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  /** Opens a page of the portal by its path, in the one tab that there is. */
  async open(path: string, viewport = WIDE): Promise<Page> {
    const page = this.#openPage();
    await page.setViewportSize(viewport);
    // Another place of the same page would not load it.
    await page.goto('about:blank');
    await page.goto(`${this.url}/docs/${path}`);
    return page;
  }

  #openPage(): Page {
    if (!this.#page) throw new Error('the browser is not running');
    return this.#page;
  }

  /** Opens a page of the portal as a file, without any server. */
  async openFile(path: string): Promise<Page> {
    const page = await this.open('');
    await page.goto(pathToFileURL(join(BUILT, path)).href);
    return page;
  }

  /** Opens a page of the portal where a host has its files and no server of ours is. */
  async openHosted(path: string): Promise<Page> {
    const page = await this.open('');
    await page.goto(`${this.#fileHost?.url}/platform/manual/${path}`);
    return page;
  }

  /** What readers said, as `npm run feedback` prints it. */
  feedback() {
    return withDatabase({ mongodbUri: undefined, dataDir: this.#dataDir }, ({ collections }) =>
      summarizeFeedback(collections),
    );
  }

  /** A token of the server's own issuer, of an account admin of the demo. */
  async token(): Promise<string> {
    const { sign } = await openOwnIssuer(this.#dataDir, readConfig({}));
    const claims = { account_id: '652feb8b38902b2e2245a2fb', permissions: ['account:admin'] };
    return sign({ sub: '67e000dd2125fc47eb9ed815', ...claims }, HOUR);
  }

  /** Fails where code threw, something was against the policy, or a request left the server. */
  async clear(): Promise<void> {
    await this.#page?.emulateMedia(STILL);
    await this.#page?.unrouteAll({ behavior: 'ignoreErrors' });
    expect(this.#faults.splice(0)).toEqual([]);
    expect(this.#strays.splice(0)).toEqual([]);
  }

  /** Fails where axe objects to the page as it now is. */
  async expectAccessibleNow(page: Page): Promise<void> {
    await page.addScriptTag({ url: AXE });
    expect(await violations(page)).toEqual([]);
  }

  /**
   * Fails if axe objects to anything in light, in dark or on a narrow screen, and if a narrow page is wider than its
   * window.
   *
   * @param shown is there when a page has drawn itself
   */
  async expectAccessible(path: string, shown = 'h1'): Promise<void> {
    const page = this.#openPage();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ ...STILL, colorScheme });
      await this.open(path);
      await page.locator(shown).first().waitFor();
      await page.addScriptTag({ url: AXE });
      expect(await violations(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize(NARROW);
    expect(await violations(page), 'narrow').toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  }
}

/** The portal for the tests of one file. */
export function usePortal(): PortalSite {
  const site = new PortalSite();
  beforeAll(() => site.start());
  afterEach(() => site.clear());
  afterAll(() => site.stop());
  return site;
}

function violations(page: Page) {
  return page.evaluate(async () => {
    const { violations } = await window.axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => ({ id, html: html.slice(0, 200), failureSummary })),
    );
  });
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
