import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../processes/server-process.ts';

const page = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8');

/** The paths that the tree of CONTRIBUTING.md names. */
function namedPaths(): string[] {
  const [, tree = ''] = /^```\n(.*?)^```$/ms.exec(page) ?? [];
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', name] = /^( {0,6})([\w.-][\w./-]*)(?: {2,}|$)/.exec(line) ?? [];
    if (name === undefined) return [];
    const depth = indent.length / 2;
    above.splice(depth, above.length, name);
    return [above.join('')];
  });
}

const named = namedPaths();

it('the tree of CONTRIBUTING.md names only what there is', () => {
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it.each(['server/src', 'docs/site', 'scripts', 'openapi', 'server/src/grants'])(
  'and every folder in %s',
  (folder) => {
    const folders = readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['node_modules', 'dist'].includes(entry.name))
      .map(({ name }) => `${folder}/${name}/`);
    expect(folders.filter((path) => !named.includes(path))).toEqual([]);
  },
);

it('every path that the rest of it names exists', () => {
  const paths = [...page.matchAll(/`((?:server|sdk|docs|scripts|openapi)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
