import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnProcess } from '../../processes/server-process.ts';
import { changedDocument, DOCUMENT } from './test-document.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grantkeeper-changes-'));
  const after = changedDocument((document) => {
    document.info.version = '2.0.0';
    document.paths['/grants'].get.parameters.pop();
  });
  await writeFile(join(folder, 'old.json'), JSON.stringify(DOCUMENT));
  await writeFile(join(folder, 'new.json'), JSON.stringify(after));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => {
  const script = [process.execPath, '--import', 'tsx', 'scripts/contract/changes/main.ts'] as const;
  return new OwnProcess([...script, ...args], {}).ended;
};

it('compares two files', async () => {
  const { code, stdout } = await run(join(folder, 'old.json'), join(folder, 'new.json'));
  expect(code).toBe(0);
  expect(stdout).toContain(`
## Grants 1.0.0 → 2.0.0

### Breaking

- \`listGrants\` \`X-Proof\`: the header parameter is gone
`);
});

it('refuses what it does not understand', async () => {
  expect(await run('a', 'b', 'c')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('too many arguments'),
  });
  expect(await run('--check', 'a', 'b')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--check compares with a version'),
  });
});
