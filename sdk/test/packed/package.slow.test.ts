import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ROOT } from '../../../scripts/processes/server-process.ts';
import { type Bundle, bundle, report } from './bundle.ts';
import { Project } from './project.ts';

/** Bytes, gzipped. The budgets are those of the README. */
const ONE_OPERATION = 6_100;
const CORE = 9_000;

const OPERATIONS = [
  'listOAuthGrants',
  'getOAuthGrant',
  'revokeOAuthGrant',
  'revokeOAuthGrants',
  'listMyAccountGrants',
  'revokeMyAccountGrant',
  'listMeGrants',
  'revokeMeGrant',
  'listUserConsentScopes',
  'assignUserConsentScopes',
  'removeUserConsentScope',
  'listOrganizationScopes',
  'listResources',
];

/** What one operation needs beside the generated client. */
const CARRIED = [
  'checks',
  'client',
  'environment',
  'error-of-answer',
  'errors',
  'hooks',
  'idempotency',
  'limits',
  'retry',
  'token',
  'transport',
];

const BUNDLES = join(ROOT, 'openapi/bundled');
const bundles = await readdir(BUNDLES);

let project: Project;

beforeAll(async () => {
  project = await Project.create(undefined, []);
});
afterAll(() => project.delete());

/** What a bundle of this code holds. Its size is always printed. */
async function measure(name: string, code: string): Promise<Bundle> {
  const found = await bundle(project.folder, code);
  process.stdout.write(`  ${name}: ${found.gzip} bytes gzip, ${found.bytes} minified\n`);
  return found;
}

describe('the package', () => {
  it('holds what the sources compile to, its documents, and nothing else', async () => {
    const files = inject('packedFiles');
    const code = files.filter((path) => /^dist\/.*\.(js|d\.ts)$/.test(path));
    expect(files.filter((path) => !code.includes(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'api.md',
      'dist/commonjs/package.json',
      'dist/openapi/account-grants.json',
      'dist/openapi/me-grants.json',
      'dist/openapi/oauth-grants.json',
      'dist/openapi/user-consent-scopes.json',
      'openapi/document.d.cts',
      'openapi/document.d.ts',
      'package.json',
    ]);
    const sources = await readdir(join(ROOT, 'sdk/src'), { recursive: true });
    const modules = sources.filter((path) => path.endsWith('.ts')).map((path) => path.replace(/\.ts$/, ''));
    const compiled = modules.flatMap((path) => [
      `dist/${path}.js`,
      `dist/${path}.d.ts`,
      `dist/commonjs/${path}.d.ts`,
    ]);
    expect(code.sort()).toEqual(compiled.sort());
  });

  it('has no dependency', async () => {
    const { output } = await project.run('npm', 'ls', '--all', '--parseable', '--loglevel=error');
    const installed = output.split('\n').filter((line) => line.includes('node_modules'));
    expect(installed).toEqual([join(project.folder, 'node_modules/@grantkeeper/sdk')]);
  });

  it.each(bundles)('has %s, as it is in the repository', async (name) => {
    const code = `
      import document from '@grantkeeper/sdk/openapi/${name}' with { type: 'json' };
      console.log(JSON.stringify(document));`;
    const { output } = await project.run(
      process.execPath,
      '--no-warnings',
      '--input-type=module',
      '-e',
      code,
    );
    expect(JSON.parse(output)).toEqual(JSON.parse(await readFile(join(BUNDLES, name), 'utf8')));
  });

  it.each([true, false])('has types of them, with resolveJsonModule: %s', async (resolveJsonModule) => {
    const imports = [
      "import document from '@grantkeeper/sdk/openapi/me-grants.json' with { type: 'json' };",
      "export const title: string | undefined = document.paths['/v1/me/grants']?.get?.operationId;",
      '// @ts-expect-error a number is not a text',
      'export const version: number = document.openapi;',
    ];
    await project.write('document.ts', imports.join('\n'));
    for (const module of ['nodenext', 'esnext']) {
      const moduleResolution = module === 'esnext' ? 'bundler' : module;
      const options = { strict: true, noEmit: true, types: [], module, moduleResolution, resolveJsonModule };
      await project.write(
        'tsconfig.json',
        JSON.stringify({ compilerOptions: options, files: ['document.ts'] }),
      );
      expect(await project.run(join(ROOT, 'node_modules/.bin/tsc'))).toEqual({ code: 0, output: '' });
    }
  });

  it('is what publint wants', async () => {
    const pkgDir = join(project.folder, 'node_modules/@grantkeeper/sdk');
    const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('has types that resolve wherever it can be imported, says attw', async () => {
    const attw = join(ROOT, 'node_modules/.bin/attw');
    // attw does not know yet that Node.js requires ES modules, from 20.19 on.
    const known = ['false-cjs', 'cjs-resolves-to-esm'];
    const options = ['--profile', 'node16', '--no-color', '--ignore-rules', ...known];
    const { code, output } = await project.run(attw, inject('tarball'), ...options);
    expect(code, stripVTControlCharacters(output)).toBe(0);
    for (const entry of ['msw', 'react-query', 'zod']) expect(output).toContain(`@grantkeeper/sdk/${entry}`);
  });
});

describe('a bundle', () => {
  it.each(OPERATIONS)('with one operation is small and holds no other: %s', async (operation) => {
    const found = await measure(operation, `export { createClient, ${operation} } from '@grantkeeper/sdk';`);
    const leaked = Object.keys(found.inputs).filter(
      (path) => !path.startsWith('generated/') && !CARRIED.includes(path.replace('.js', '')),
    );
    expect(leaked, report(found)).toEqual([]);
    expect(found.text.split('scheme:"bearer"'), report(found)).toHaveLength(2);
    expect(found.gzip, report(found)).toBeLessThanOrEqual(ONE_OPERATION);
  });

  it('with everything in the core is small', async () => {
    const found = await measure('the core', `export * from '@grantkeeper/sdk';`);
    expect(found.gzip, report(found)).toBeLessThanOrEqual(CORE);
    expect(found.external, report(found)).toEqual([]);
    const others = Object.keys(found.inputs).filter((path) =>
      /zod|react-query|tanstack|msw|mock|documented/i.test(path),
    );
    expect(others, report(found)).toEqual([]);
  });

  it('with the mock has nothing of the client, and needs only msw', async () => {
    const found = await measure('the mock', `export * from '@grantkeeper/sdk/msw';`);
    const others = Object.keys(found.inputs).filter(
      (path) => !/^(mock\/.*|msw|idempotency|generated\/documented\.gen)\.js$/.test(path),
    );
    expect(others, report(found)).toEqual([]);
    expect(found.external).toEqual(['msw']);
  });

  it('with the core, the queries and the schemas has one client runtime', async () => {
    const entries = ['', '/react-query', '/zod'].map((path) => `export * from '@grantkeeper/sdk${path}';`);
    const found = await measure('everything', entries.join('\n'));
    const runtimes = Object.keys(found.inputs).filter((path) => path.endsWith('client/client.gen.js'));
    expect(runtimes).toEqual(['generated/client/client.gen.js']);
    expect(found.text.match(/"Content-Type":"application\/json"/g)).toHaveLength(5);
    expect(found.external).toEqual(['@tanstack/react-query', 'zod']);
  });
});
