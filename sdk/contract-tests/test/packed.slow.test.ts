import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../../scripts/contract/demo-server.ts';
import { FaultyProxy } from './faulty-proxy.ts';

/* The package as publishing packs it, installed in an empty project, and run by npx against the real server. */

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
let server: DemoServer;
let proxy: FaultyProxy;
let url: string;

interface Outcome {
  code: number;
  output: string;
}

/** Runs a command in the project; resolves however it ends. */
function run(file: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = folder): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

/** An answer may take a minute: the machine may be busy. */
const PATIENT = ['--timeout', '60'];

const contractTests = (...args: string[]) =>
  run(join(folder, 'node_modules/.bin/contract-tests'), [...args, ...PATIENT]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantkeeper-contract-tests-'));
  server = await startDemoServer();
  proxy = new FaultyProxy(server.url);
  url = await proxy.start();
  const packing = ['pack', '--json', '--silent', '--pack-destination', folder];
  const packed = await run('npm', packing, {}, PACKAGE);
  const [{ filename }] = JSON.parse(packed.output);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await writeFile(join(folder, 'inputs.json'), JSON.stringify(server.inputs));
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await run('npm', ['install', ...quiet, `./${filename}`]);
  if (installed.code !== 0) throw new Error(installed.output);
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

it('finds nothing wrong with the server, run by npx, exits with 0, and writes JUnit XML', async () => {
  const options = [
    '--url',
    url,
    '--inputs=inputs.json',
    '--requests=30',
    '--junit=reports/new/results.xml',
    ...PATIENT,
  ];
  const { code, output } = await run('npx', ['--no-install', '@grantkeeper/contract-tests', ...options]);
  expect(output).toMatch(/^\d+ requests, 0 differences$/m);
  expect(code).toBe(0);
  const xml = await readFile(join(folder, 'reports/new/results.xml'), 'utf8');
  expect(xml).toMatch(/<testsuite name="me-grants" tests="\d+" failures="0" skipped="\d+">/);
  expect(xml).toContain('<skipped message="it writes (--allow-writes)"/>');
});

it('says what differs with a command that repeats it, in the JUnit XML too, and exits with 1', async () => {
  proxy.fault = {
    onAnswer({ status, body }) {
      if (status === 200) for (const grant of body.data) grant.client_name = null;
    },
  };
  const of = ['--document', 'me-grants', '--requests', '0', '--junit', 'differences.xml'];
  const { code, output } = await contractTests('--url', url, '--inputs', 'inputs.json', ...of);
  expect(code).toBe(1);
  expect(output).toContain(
    'listMeGrants: a 200 that its document does not allow: /data/0/client_name must be string',
  );
  expect(output).not.toContain(server.inputs.person_token);
  const [command = ''] = /curl .*/.exec(output) ?? [];
  const repeated = await run('sh', ['-c', command], { PERSON_TOKEN: server.inputs.person_token ?? '' });
  expect(repeated.output).toContain('"client_name":null');
  const xml = await readFile(join(folder, 'differences.xml'), 'utf8');
  expect(xml).toContain('/data/0/client_name must be string');
  expect(xml).not.toContain(server.inputs.person_token);
  proxy.fault = {};
});

it.each<[string, string[], RegExp]>([
  ['nothing listens', ['--url', 'http://127.0.0.1:1', '--token', 'x'], /cannot be reached: .*ECONNREFUSED/],
  ['the address is none', ['--url', 'example.com', '--token', 'x'], /begins with http:\/\/ or https:\/\//],
  ['an option is unknown', ['--url', 'http://127.0.0.1:1', '--everything'], /unknown option '--everything'/],
  [
    'a document is unknown',
    ['--url', 'http://127.0.0.1:1', '--document', 'x'],
    /Allowed choices are oauth-grants/,
  ],
  [
    'the inputs are missing',
    ['--url', 'http://127.0.0.1:1', '--inputs', 'none.json'],
    /none\.json cannot be read/,
  ],
])('exits with 2 where %s, and says so', async (_, args, message) => {
  const { code, output } = await contractTests(...args);
  expect(output).toMatch(message);
  expect(code).toBe(2);
});

it('writes the results where nobody reads what it prints', async () => {
  const options = ['--document me-grants --requests 0 --junit unread.xml', ...PATIENT].join(' ');
  const command = `node_modules/.bin/contract-tests --url ${url} --inputs inputs.json ${options} | true`;
  expect((await run('sh', ['-c', command])).output).toBe('');
  expect(await readFile(join(folder, 'unread.xml'), 'utf8')).toContain('<testsuite name="me-grants"');
});

it('exits with 2 where no case has the text of --only in its name', async () => {
  const { code, output } = await contractTests(
    '--url',
    url,
    '--inputs',
    'inputs.json',
    '--only',
    'no such name',
  );
  expect(output).toContain('no case has a name that matches /no such name/i');
  expect(code).toBe(2);
});

it('exits with 2 where the server serves no document, or no token was given', async () => {
  const below = await contractTests('--url', `${url}/nowhere`, '--token', 'x');
  expect(below.output).toContain('serves none of the documents');
  const without = await contractTests('--url', url);
  expect(without.output).toContain('give a token for oauth-grants');
  const empty = await run(join(folder, 'node_modules/.bin/contract-tests'), ['--url', url], {
    CONTRACT_TESTS_TOKEN: '',
  });
  expect(empty.output).toContain('give a token for oauth-grants');
  expect([below.code, without.code, empty.code]).toEqual([2, 2, 2]);
});

it('is what publint wants', async () => {
  const pkgDir = join(folder, 'node_modules/@grantkeeper/contract-tests');
  const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});
