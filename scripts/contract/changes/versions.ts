import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Bundle } from './documents.ts';

const FOLDER = 'openapi/bundled';

/** A state of the repository: its documents by name, and its changelog. */
export interface Version {
  documents: Map<string, Bundle>;
  changelog: string;
}

/** The default version to compare with: the last release (`v1.2.3`), if there is one. */
export async function lastRelease(root: string): Promise<string | undefined> {
  const tag = await git(root, 'describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*').catch(
    () => undefined,
  );
  return tag?.trim();
}

/** Whether this clone lacks older history, and so perhaps its releases. */
export async function isShallow(root: string): Promise<boolean> {
  return (await git(root, 'rev-parse', '--is-shallow-repository').catch(() => '')).trim() === 'true';
}

/**
 * Reads the version at a tag, branch or commit.
 *
 * @throws one error that says what to do, if git does not have it
 */
export async function versionAt(root: string, ref: string): Promise<Version> {
  const commit = await git(
    root,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ).catch(() => {
    throw new Error(`${ref} is no commit that git has here; in a shallow clone, fetch it first`);
  });
  const at = (path: string) => git(root, 'show', `${commit.trim()}:${path}`);
  const files = (await git(root, 'ls-tree', '--name-only', commit.trim(), `${FOLDER}/`))
    .split('\n')
    .filter(Boolean);
  const documents = files.map(
    async (file): Promise<[string, Bundle]> => [nameOf(file), JSON.parse(await at(file))],
  );
  return {
    documents: new Map(await Promise.all(documents)),
    changelog: await at('CHANGELOG.md').catch(() => ''),
  };
}

/** Reads the version in the working tree. */
export async function versionNow(root: string): Promise<Version> {
  const files = (await readdir(join(root, FOLDER))).sort();
  const documents = files.map(
    async (file): Promise<[string, Bundle]> => [nameOf(file), await readBundle(join(root, FOLDER, file))],
  );
  return {
    documents: new Map(await Promise.all(documents)),
    changelog: await readFile(join(root, 'CHANGELOG.md'), 'utf8'),
  };
}

/** Reads a bundled document. */
export async function readBundle(file: string): Promise<Bundle> {
  return JSON.parse(await readFile(file, 'utf8'));
}

function nameOf(file: string): string {
  return basename(file, '.json');
}

async function git(root: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: root, maxBuffer: 2 ** 26 });
  return stdout;
}
