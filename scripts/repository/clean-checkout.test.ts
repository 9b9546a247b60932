import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import sdk from '../../sdk/vitest.config.ts';
import server from '../../server/vitest.config.ts';
import { ROOT } from '../processes/server-process.ts';

/*
 * On a clean checkout nothing is built, so tests must load our own packages from their source. Without an alias, a
 * package's name resolves to its build.
 */

const PROJECTS = [
  { config: server, folders: ['server/src', 'server/test'] },
  { config: sdk, folders: ['sdk/src', 'sdk/example/src', 'sdk/test/example', 'sdk/test/mock'] },
];

const importsOf = (file: string) =>
  [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export) .*from '(@grantkeeper\/[^']+)'/gm),
  ].map(([, name = '']) => name);

describe.each(PROJECTS)('tests of $folders', ({ config, folders }) => {
  it('load our own packages from their source', () => {
    const files = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    );
    const names = new Set(files.filter((file) => /\.tsx?$/.test(file)).flatMap(importsOf));
    expect(names).not.toEqual(new Set());
    const { alias = [] } = config.resolve ?? {};
    const sourceOf = (name: string) => {
      const found = [alias].flat().find(({ find }) => name.match(find)?.[0] === name);
      return found && name.replace(found.find, found.replacement);
    };
    expect([...names].filter((name) => !existsSync(sourceOf(name) ?? ''))).toEqual([]);
  });
});
