import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { createGrantkeeper as create } from '../../src/grantkeeper.ts';
import { answer, openLoopback, type Treatment } from '../loopback.ts';
import { CHROMIUM, inChromium } from '../pages/chromium.ts';
import { bundle } from './bundle.ts';
import { Project } from './project.ts';

/** What the page has of the SDK. */
const CODE =
  "import { createGrantkeeper } from '@grantkeeper/sdk'; Object.assign(globalThis, { createGrantkeeper });";

declare global {
  var createGrantkeeper: typeof create;
}

describe.skipIf(!CHROMIUM)(inChromium('the packed SDK in a page'), () => {
  const host = openLoopback();
  const elsewhere = openLoopback();
  let browser: Browser;
  let script: string;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const project = await Project.create(undefined, []);
    script = (await bundle(project.folder, CODE)).text;
    await project.delete();
  });
  afterAll(() => browser.close());

  /** What listing comes to in a page of `host`, which treats what comes after the page as it is told. */
  async function listIn(baseUrl: string, ...treatments: Treatment[]): Promise<unknown> {
    const page = await browser.newPage();
    host.next((response) =>
      response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<link rel="icon" href="data:,"><p>A page'),
    );
    host.next(...treatments);
    await page.goto(`${host.url}/page`);
    await page.addScriptTag({ content: script, type: 'module' });
    // A module runs later.
    await page.waitForFunction(() => 'createGrantkeeper' in globalThis);
    try {
      return await page.evaluate(async (baseUrl) => {
        try {
          return await globalThis
            .createGrantkeeper({ baseUrl, token: 'a-token', retries: 0 })
            .me.listGrants();
        } catch (error) {
          const { name, message, status, location } = Object(error);
          return { name, message, status, location };
        }
      }, baseUrl);
    } finally {
      await page.close();
    }
  }

  const allowed = () => ({
    'Access-Control-Allow-Origin': host.url,
    'Access-Control-Allow-Headers': '*, authorization',
  });
  const preflight: Treatment = (response, request) => answer(204, undefined, allowed())(response, request);

  it('calls another origin that allows it, and its own host by a path', async () => {
    elsewhere.next(preflight, (...args) => answer(200, { data: [1] }, allowed())(...args));
    expect(await listIn(elsewhere.url)).toEqual([1]);
    expect(await listIn('/api', answer(200, { data: [2] }))).toEqual([2]);
    expect(host.received.at(-1)?.url).toBe('/api/v1/me/grants');
  });

  it('is told of CORS_ORIGINS where another origin does not allow it', async () => {
    elsewhere.next(answer(204));
    expect(await listIn(elsewhere.url)).toEqual({
      name: 'ConnectionError',
      message: `GET ${elsewhere.url}/v1/me/grants: the network failed, or the server's CORS_ORIGINS lacks ${host.url}`,
    });
  });

  it('is told of a redirect, of which a browser hides the rest', async () => {
    elsewhere.next(preflight, (...args) =>
      answer(308, undefined, { ...allowed(), Location: host.url })(...args),
    );
    expect(await listIn(elsewhere.url)).toEqual({
      name: 'RedirectError',
      message: `${elsewhere.url}/v1/me/grants redirects to elsewhere, which is not followed: set baseUrl to where the API is`,
    });
  });
});
