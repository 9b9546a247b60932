import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, it } from 'vitest';

/* The package as publishing packs it, in a folder from which it finds the peers that its user has installed. */

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/grantkeeper/', import.meta.url));
let folder: string;
let pkgDir: string;

beforeAll(async () => {
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, 'packed-'));
  const pack = ['pack', '--json', '--silent', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: PACKAGE });
  const [{ filename }] = JSON.parse(stdout);
  await run('tar', ['-xzf', join(folder, filename), '-C', folder]);
  pkgDir = join(folder, 'package');
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

it('opens in an empty project, with both ways to put a provider on the store', async () => {
  const code = `
    const { createAdapter, mirror } = await import(${JSON.stringify(join(pkgDir, 'dist/index.js'))});
    const db = { collection: () => ({}) };
    const place = () => ({ account_id: 'a', project_id: '', resource: 'r' });
    const kept = createAdapter({ db, place });
    const beside = mirror((kind) => kept.adapter(kind), { db, place });
    console.log(Object.keys(beside).join(), typeof beside.adapter('RefreshToken').upsert);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code]);
  expect(stdout.trim()).toBe('adapter,createIndexes,attach function');
});

it('is what publint wants', async () => {
  const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});
