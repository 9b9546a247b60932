import { copyFile, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LIBRARY } from '../../src/docs/portal.ts';
import { Admission } from '../../src/http/admission.ts';
import { type Listening, listen } from '../../src/http/listen.ts';
import { requestLog } from '../../src/http/logging.ts';
import { ownAddress } from '../../src/http/own-address.ts';
import { mcpEndpoint } from '../../src/mcp/endpoint.ts';
import { openLibrary } from '../../src/mcp/open-library.ts';

let folder = '';
let file = '';
let server: Listening;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantkeeper-library-'));
  file = join(folder, 'library.json');
  const app = express()
    .use(requestLog(pino({ level: 'silent' })))
    .use(
      '/mcp',
      mcpEndpoint(openLibrary(file), (_req, _res, next) => next(), ownAddress(), new Admission()),
    );
  server = await listen(app, { host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The status, and the summary of the first operation or the error. */
async function ask(): Promise<[status: number, text: string]> {
  const call = { name: 'list_operations', arguments: { document: 'me-grants' } };
  const response = await fetch(`${server.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
  });
  const { result, error } = JSON.parse(await response.text());
  return [response.status, result?.content[0].text ?? error.message];
}

it('answers 503 and says what to do until the documentation is built, then from each build', async () => {
  const notBuilt =
    'The documentation has not been built. Run npm run docs where the server runs, then try again.';
  expect(await ask()).toEqual([503, notBuilt]);

  await copyFile(LIBRARY, file);
  expect(await ask()).toEqual([200, expect.stringContaining('- listMeGrants: GET /v1/me/grants')]);

  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll('"/v1/me/grants"', '"/v2/me/grants"'));
  await utimes(file, new Date(), new Date(Date.now() + 5_000));
  expect(await ask()).toEqual([200, expect.stringContaining('- listMeGrants: GET /v2/me/grants')]);

  await rm(file);
  expect(await ask()).toEqual([200, expect.stringContaining('- listMeGrants: GET /v2/me/grants')]);
});
