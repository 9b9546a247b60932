import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DOCUMENT } from './test-document.ts';
import { lastRelease, versionAt, versionNow } from './versions.ts';

let root: string;
const git = (...args: string[]) => {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'core.hooksPath='];
  execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'pipe' });
};

async function commit(version: string): Promise<void> {
  const document = { ...DOCUMENT, info: { ...DOCUMENT.info, version } };
  await writeFile(join(root, 'openapi/bundled/grants.json'), JSON.stringify(document));
  await writeFile(join(root, 'CHANGELOG.md'), `- ${version}\n`);
  git('add', '.');
  git('commit', '-m', version);
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'grantkeeper-versions-'));
  git('init', '-q');
  await mkdir(join(root, 'openapi/bundled'), { recursive: true });
});
afterAll(() => rm(root, { recursive: true }));

it('compares with the last release of the service, once there is one', async () => {
  expect(await lastRelease(root)).toBeUndefined();
  await commit('1.0.0');
  await commit('1.1.0');
  git('tag', 'sdk-v0.1.0');
  expect(await lastRelease(root)).toBeUndefined();
  git('tag', 'v1.1.0', 'HEAD~1');
  expect(await lastRelease(root)).toBe('v1.1.0');
});

it('reads the documents and the changelog of a version, and of now', async () => {
  const before = await versionAt(root, 'HEAD~1');
  expect(before.documents.get('grants')?.info.version).toBe('1.0.0');
  expect(before.changelog).toBe('- 1.0.0\n');
  const now = await versionNow(root);
  expect(now.documents.get('grants')?.info.version).toBe('1.1.0');
  expect(now.changelog).toBe('- 1.1.0\n');
});

it('says what to do where there is no such version', async () => {
  for (const ref of ['v9', '--all', 'HEAD~9']) {
    await expect(versionAt(root, ref)).rejects.toThrow(`${ref} is no commit that git has here`);
  }
});
