import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openIdpKey } from '../../src/demo/idp/key.ts';

it('says whose key is not one, and opens the same key again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-key-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'demo-idp.jwk.json');
  await writeFile(file, 'null');
  await expect(openIdpKey(folder)).rejects.toThrow(
    `DATA_DIR: ${file} does not hold the demo authorization server's signing key.`,
  );
  await rm(file);
  const { privateJwk, cookieSecret } = await openIdpKey(folder);
  expect(await openIdpKey(folder)).toMatchObject({ privateJwk, cookieSecret });
});
