import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type axe from 'axe-core';
import { type Browser, chromium, type Page, type Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { readConfig } from '../../../server/src/config.ts';
import { PERSONAS } from '../../../server/src/demo/personas.ts';
import { openOwnIssuer } from '../../../server/src/http/own-issuer.ts';
import { PATIENCE } from '../../../server/test/eventually.ts';
import { CHROMIUM } from './chromium.ts';
import { AXE, PageServer } from './page-server.ts';

const HOUR = 60 * 60;
const WIDE = { width: 1280, height: 800 };
const LIGHT_AND_STILL = { colorScheme: 'light', reducedMotion: 'reduce', forcedColors: 'none' } as const;

/** The pages in Chromium, at one origin, and the server that they call, a process at another. */
export class Site {
  readonly #pages = new PageServer();
  #dataDir = '';
  #server: ServerProcess | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  /** Where the browser's requests went. */
  readonly #hosts = new Set<string>();
  /** What the pages' code threw, and what it did against their policy. */
  readonly #faults: string[] = [];

  async start(): Promise<void> {
    await this.#pages.start();
    this.#dataDir = await mkdtemp(join(tmpdir(), 'grantkeeper-pages-'));
    await this.startServer();
    // Whatever is not on this machine is not there, so nothing leaves it even where a test would let it.
    const args = [
      '--no-sandbox',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ];
    this.#browser = await chromium.launch({ ...(CHROMIUM && { executablePath: CHROMIUM }), args });
    const context = await this.#browser.newContext(LIGHT_AND_STILL);
    context.setDefaultTimeout(PATIENCE);
    context.on('request', (request) => this.#hosts.add(new URL(request.url()).hostname));
    context.on('weberror', (error) => this.#faults.push(`${error.error()}`));
    context.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.#faults.push(message.text());
    });
    this.#page = await context.newPage();
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.stop();
    await this.#pages.stop();
    await rm(this.#dataDir, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }

  /** Starts the server; after the first time, at the same address and with the same data. */
  async startServer(): Promise<void> {
    const PORT = this.#server ? new URL(this.#server.url).port : '0';
    const env = { PORT, DATA_DIR: this.#dataDir, CORS_ORIGINS: this.#pages.origin };
    this.#server = await startServer(env);
    this.#pages.api = this.#server.url;
  }

  async stopServer(): Promise<void> {
    await this.#server?.stop();
  }

  /** The server's origin. */
  get server(): string {
    if (!this.#server) throw new Error('the server is not running');
    return this.#server.url;
  }

  /** Opens a page as the person of its `?as=`, who signs in if somebody else is signed in. See `visit`. */
  async open(path: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await this.visit(path, prepare);
    const button = page.getByRole('button', { name: /^Continue as/ });
    const name = page.locator('.who strong');
    await button.or(name).waitFor();
    if (await button.isVisible()) await button.click();
    await name.waitFor();
    return page;
  }

  /** Has the pages name another authorization server, until the test is over. */
  signInTo(issuer: string): void {
    this.#pages.issuer = issuer;
  }

  /** Ends the session at the authorization server, and at the third-party app, as far as the browser knows. */
  async signOut(): Promise<void> {
    await this.#page?.context().clearCookies();
  }

  /** Goes to a page, by its path or whole address; `prepare` comes before anything is loaded. There is one page at a time. */
  async visit(path: string, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
    const page = this.#page;
    if (!page) throw new Error('the browser is not running');
    await prepare(page);
    // No later: a page may lead to the sign-in before it has loaded.
    await page.goto(new URL(path, this.#pages.origin).href, { waitUntil: 'commit' });
    return page;
  }

  /** What the server says to a person, without any page. */
  ask(person: string, path: string) {
    return this.call(person, 'GET', path);
  }

  /** Does something as a person at another screen does; gives the answer, undefined if it has no body. */
  async call(person: string, method: string, path: string, body?: object) {
    const claims = PERSONAS.find(({ id }) => id === person)?.claims;
    const token = await this.token({ sub: person, ...claims }, HOUR);
    const answer = await fetch(`${this.server}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** A token of the server's own issuer; negative seconds: one that has expired. */
  async token(claims: { sub: string }, seconds: number): Promise<string> {
    const { sign } = await openOwnIssuer(this.#dataDir, readConfig({}));
    return sign(claims, seconds);
  }

  /** Answers in the server's stead, as it would to this page. */
  answer(route: Route, status: number, body: object): Promise<void> {
    const headers = {
      'Access-Control-Allow-Origin': this.#pages.origin,
      'Access-Control-Expose-Headers': 'X-Request-Id, Retry-After',
      'X-Request-Id': 'request-of-the-test',
      // The SDK tries again at once.
      'Retry-After': '0',
    };
    const contentType =
      'problem' in body || 'title' in body ? 'application/problem+json' : 'application/json';
    return route.fulfill({ status, headers, contentType, body: JSON.stringify(body) });
  }

  /** Leaves nothing of a test to the next one, and fails it where code threw or a request left the machine. */
  async clear(): Promise<void> {
    this.#pages.issuer = '/demo-idp';
    await this.#page?.unrouteAll({ behavior: 'ignoreErrors' });
    await this.#page?.setViewportSize(WIDE);
    await this.#page?.emulateMedia({ ...LIGHT_AND_STILL, media: 'screen' });
    expect(this.#faults.splice(0)).toEqual([]);
    expect([...this.#hosts].filter((host) => host !== 'localhost')).toEqual(['127.0.0.1']);
  }
}

/** A site for the tests of one file. */
export function useSite(): Site {
  const site = new Site();
  beforeAll(() => site.start());
  afterEach(() => site.clear());
  afterAll(() => site.stop());
  return site;
}

/** Fails where axe finds anything at all to object to; in dark, to its colours. */
export async function expectAccessible(page: Page): Promise<void> {
  // The rows of the last answer are dimmed until the next one is there.
  await page.locator('table[aria-busy=true]').waitFor({ state: 'detached' });
  const hasAxe = await page.evaluate(() => 'axe' in window);
  if (!hasAxe) await page.addScriptTag({ url: AXE });
  expect(await violations(page, {}), 'light').toEqual([]);
  await page.emulateMedia({ ...LIGHT_AND_STILL, colorScheme: 'dark' });
  expect(await violations(page, { runOnly: ['color-contrast'] }), 'dark').toEqual([]);
  await page.emulateMedia(LIGHT_AND_STILL);
}

function violations(page: Page, options: axe.RunOptions) {
  return page.evaluate(async (options) => {
    // The rows of a table are all made alike.
    const { violations } = await window.axe.run({ exclude: 'tbody tr:nth-child(n + 4)' }, options);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => ({ id, html, failureSummary })),
    );
  }, options);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
