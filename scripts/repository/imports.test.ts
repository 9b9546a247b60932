import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/*
 * Imports go one way, and the linter holds them to it and to our style. Each rule of biome.json is broken here once, in
 * a folder of its own, so that none of them ends up matching nothing.
 */

interface Case {
  file: string;
  imports: string;
  rule?: string;
}

const RESTRICTED = 'lint/style/noRestrictedImports';
const CYCLE = 'lint/suspicious/noImportCycles';

/** What else we forbid, or count on Biome to forbid. */
const STYLE: [rule: string, text: string][] = [
  ['lint/correctness/noUnusedImports', "import { join } from 'node:path';\n\nexport const one = 1;\n"],
  ['lint/correctness/noUnusedVariables', 'const one = 1;\n\nexport const two = 2;\n'],
  [
    'lint/correctness/useImportExtensions',
    "import { two } from './noUnusedVariables';\n\nexport const one = two;\n",
  ],
  ['lint/nursery/noFloatingPromises', 'export const one = async () => 1;\n\none();\n'],
  ['lint/performance/noBarrelFile', "export * from './one.ts';\n"],
  ['lint/style/noDefaultExport', 'export default 1;\n'],
  ['lint/style/noNonNullAssertion', 'export const one = (all: number[]) => all[0]!;\n'],
  ['lint/style/useConsistentArrayType', 'export type Texts = Array<string>;\n'],
  ['lint/style/useImportType', "import { Thing } from './thing.ts';\n\nexport type Other = Thing;\n"],
  ['lint/style/useNodejsImportProtocol', "import { sep } from 'path';\n\nexport const one = sep;\n"],
  ['lint/style/useThrowOnlyError', "throw 'no';\n"],
  ['lint/suspicious/noConsole', "console.log('one');\n"],
  ['lint/suspicious/noExplicitAny', 'export type Anything = any;\n'],
];

const CASES: Case[] = [
  { file: 'database/filters.ts', imports: '../http/failure.ts', rule: RESTRICTED },
  { file: 'database/embedded/start.ts', imports: '../../grants/listing.ts', rule: RESTRICTED },
  { file: 'database/unavailable.ts', imports: '../mcp/server.ts', rule: RESTRICTED },
  { file: 'database/watch.ts', imports: '../metrics/store.ts', rule: RESTRICTED },
  { file: 'database/connect.ts', imports: './filters.ts' },
  { file: 'database/embedded/engine-command.ts', imports: '../data-folder.ts' },
  { file: 'grants/rows/values.ts', imports: '../read-model/model.ts', rule: RESTRICTED },
  { file: 'grants/rows/joining.ts', imports: '../revocation/batch.ts', rule: RESTRICTED },
  { file: 'grants/rows/names.ts', imports: '../listing.ts', rule: RESTRICTED },
  { file: 'grants/rows/batches.ts', imports: '../../http/failure.ts', rule: RESTRICTED },
  { file: 'grants/rows/identity.ts', imports: '../../database/filters.ts' },
  { file: 'grants/read-model/model.ts', imports: '../revocation/batch.ts', rule: RESTRICTED },
  { file: 'grants/read-model/mark.ts', imports: '../consents.ts', rule: RESTRICTED },
  { file: 'grants/read-model/pending.ts', imports: '../../oauth-grants/wire.ts', rule: RESTRICTED },
  { file: 'grants/read-model/purge.ts', imports: '../audit/record.ts', rule: RESTRICTED },
  { file: 'grants/read-model/page.ts', imports: '../rows/values.ts' },
  { file: 'grants/audit/finish.ts', imports: '../revocation/batch.ts', rule: RESTRICTED },
  { file: 'grants/audit/list.ts', imports: '../rows/identity.ts' },
  { file: 'grants/revocation/by-filter.ts', imports: '../listing.ts', rule: RESTRICTED },
  { file: 'grants/revocation/batch.ts', imports: '../../http/failure.ts', rule: RESTRICTED },
  { file: 'grants/revocation/finish.ts', imports: '../read-model/model.ts' },
  { file: 'grants/listing.ts', imports: '../http/failure.ts', rule: RESTRICTED },
  { file: 'grants/upkeep.ts', imports: '../app.ts', rule: RESTRICTED },
  { file: 'grants/consents.ts', imports: './rows/values.ts' },
  { file: 'http/failure.ts', imports: '../grants/clients.ts', rule: RESTRICTED },
  { file: 'http/bearer.ts', imports: '../user-consent-scopes/contract.ts', rule: RESTRICTED },
  { file: 'http/problem.ts', imports: '../database/filters.ts' },
  { file: 'oauth-grants/wire.ts', imports: '../me-grants/contract.ts', rule: RESTRICTED },
  { file: 'me-grants/contract.ts', imports: '../oauth-grants/access.ts', rule: RESTRICTED },
  { file: 'account-grants/contract.ts', imports: '../docs/library.ts', rule: RESTRICTED },
  { file: 'user-consent-scopes/listing.ts', imports: '../account-grants/contract.ts', rule: RESTRICTED },
  { file: 'oauth-grants/access.ts', imports: '../http/problem.ts' },
  { file: 'docs/library.ts', imports: '../grants/rows/values.ts', rule: RESTRICTED },
  { file: 'mcp/server.ts', imports: '../me-grants/contract.ts', rule: RESTRICTED },
  { file: 'docs/search.ts', imports: '../demo/people.ts', rule: RESTRICTED },
  { file: 'mcp/tools.ts', imports: '../http/problem.ts' },
  { file: 'webhooks/numbering.ts', imports: '../grants/audit/entries.ts', rule: RESTRICTED },
  { file: 'webhooks/message.ts', imports: '../grants/listing.ts', rule: RESTRICTED },
  { file: 'webhooks/send.ts', imports: '../oauth-grants/wire.ts', rule: RESTRICTED },
  { file: 'webhooks/outbox.ts', imports: '../grants/rows/identity.ts' },
  { file: 'grants/audit/record.ts', imports: '../../webhooks/message.ts', rule: RESTRICTED },
  { file: 'database/lease.ts', imports: '../webhooks/outbox.ts', rule: RESTRICTED },
  { file: 'me-grants/wire.ts', imports: '../webhooks/message.ts', rule: RESTRICTED },
  { file: 'demo/left.ts', imports: './right.ts', rule: CYCLE },
  { file: 'demo/right.ts', imports: './left.ts', rule: CYCLE },
];

const root = join(import.meta.dirname, '../..');
const found = new Map<string, string[]>();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantkeeper-imports-'));
  await cp(join(root, 'biome.json'), join(folder, 'biome.json'));
  const targets = CASES.map(({ file, imports }) => join(dirname(file), imports));
  const written = new Map(targets.map((file) => [file, 'export type Thing = string;\n']));
  // As types: a circle of types is one too.
  for (const { file, imports } of CASES)
    written.set(file, `import type { Thing } from '${imports}';\n\nexport type Other = Thing;\n`);
  for (const [rule, text] of STYLE) written.set(`${rule}.ts`, text);
  for (const [file, text] of written) {
    const path = join(folder, 'server/src', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  for (const { category, location } of await lint()) {
    const file = location.path.replace(/^.*server\/src\//, '');
    found.set(file, [...(found.get(file) ?? []), category]);
  }
});
afterAll(() => rm(folder, { recursive: true }));

it.each(CASES.filter(({ rule }) => rule))('$file may not import $imports', ({ file, rule }) => {
  expect(found.get(file)).toEqual([rule]);
});

it.each(CASES.filter(({ rule }) => !rule))('$file may import $imports', ({ file }) => {
  expect(found.get(file)).toBeUndefined();
});

it.each(STYLE)('%s bites', (rule) => {
  expect(found.get(`${rule}.ts`)).toEqual([rule]);
});

interface Diagnostic {
  category: string;
  location: { path: string };
}

function lint(): Promise<Diagnostic[]> {
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  const given = [biome, 'lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, given, { cwd: folder }, (error, stdout) => {
      if (stdout === '') reject(error);
      else resolve(JSON.parse(stdout).diagnostics);
    });
  });
}
