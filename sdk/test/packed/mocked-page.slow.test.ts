import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { createGrantkeeper as create } from '../../src/grantkeeper.ts';
import type { GrantkeeperMock } from '../../src/msw.ts';
import { openLoopback, type Treatment } from '../loopback.ts';
import { CHROMIUM, inChromium } from '../pages/chromium.ts';
import { Project } from './project.ts';

/** What the page runs: the packed SDK and the packed mock, in MSW's service worker. */
const CODE = `
  import { createGrantkeeper } from '@grantkeeper/sdk';
  import { mockGrantkeeper } from '@grantkeeper/sdk/msw';
  import { setupWorker } from 'msw/browser';
  const mock = mockGrantkeeper();
  await setupWorker(...mock.handlers).start({ quiet: true, onUnhandledRequest: 'error' });
  Object.assign(globalThis, { createGrantkeeper, mock });`;

declare global {
  var createGrantkeeper: typeof create;
  var mock: GrantkeeperMock;
}

describe.skipIf(!CHROMIUM)(inChromium('the packed mock in a page'), () => {
  const host = openLoopback();
  let browser: Browser;
  let script: string;
  let worker: string;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const project = await Project.create(undefined, ['msw']);
    const stdin = { contents: CODE, resolveDir: project.folder };
    const options = { bundle: true, format: 'esm', platform: 'browser', write: false } as const;
    const { outputFiles } = await build({ ...options, stdin, absWorkingDir: project.folder });
    script = outputFiles[0]?.text ?? '';
    worker = await readFile(createRequire(import.meta.url).resolve('msw/mockServiceWorker.js'), 'utf8');
    await project.delete();
  });
  afterAll(() => browser.close());

  const sending =
    (type: string, text: string): Treatment =>
    (response) =>
      response.writeHead(200, { 'Content-Type': type }).end(text);

  beforeEach(async () => {
    page = await browser.newPage();
    host.next(sending('text/html', '<link rel="icon" href="data:,"><p>A page'));
    await page.goto(`${host.url}/page`);
    host.next(sending('text/javascript', worker));
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction(() => globalThis.mock !== undefined);
    return () => page.close();
  });

  it.each(['/api', 'https://api.example.com'])(
    'answers every call to %s, and no request leaves it',
    async (baseUrl) => {
      const outcome = await page.evaluate(async (baseUrl) => {
        const { grants, me, account, applications } = createGrantkeeper({
          baseUrl,
          token: 'any',
          retries: 0,
        });
        const [first] = await me.listGrants();
        await me.revokeGrant(first?.id ?? '');
        const { grants: revoked } = await grants.list({ status: 'revoked' });
        const { events } = await grants.listAuditEvents({ limit: 1 });
        return {
          left: (await me.listGrants()).length,
          mine: (await account('verification-demo').listGrants()).length,
          revoked: revoked.map(({ client_name }) => client_name),
          operation: events[0]?.operation,
          userScopes: (await applications.listUserConsentScopes('app_slack_4411')).userScopes,
        };
      }, baseUrl);
      expect(outcome).toEqual({
        left: 1,
        mine: 1,
        revoked: ['Claude Code'],
        operation: 'revokeMeGrant',
        userScopes: ['email', 'profile'],
      });
      expect(host.received.map(({ url }) => url)).toEqual(['/page', '/mockServiceWorker.js']);
    },
  );

  it('fails as it is ordered to, by a status and by the network', async () => {
    const failures = await page.evaluate(async () => {
      const { me } = createGrantkeeper({ baseUrl: '/api', token: 'any', retries: 0 });
      mock.fail('listMeGrants', 503);
      mock.fail('listMeGrants', 'network');
      const nameOf = () => me.listGrants().then(String, ({ name, status }) => ({ name, status }));
      return [await nameOf(), await nameOf()];
    });
    expect(failures).toEqual([{ name: 'MeGrantsError', status: 503 }, { name: 'ConnectionError' }]);
  });
});
