import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnProcess } from '../../../scripts/server-process.ts';
import { changedDocument, DOCUMENT } from './document.ts';

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
  const script = [process.execPath, '--import', 'tsx', 'scripts/contract-changes.ts'] as const;
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

it('says how it is used where it does not understand', async () => {
  const usage = expect.stringContaining('usage: npm run contract:changes -- [REF');
  expect(await run('a', 'b', 'c')).toMatchObject({ code: 1, stderr: usage });
  expect(await run('--check', 'a', 'b')).toMatchObject({ code: 1, stderr: usage });
});
