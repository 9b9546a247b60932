import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  GRANTKEEPER,
  OwnProcess,
  ROOT,
  startServer,
  untilReady,
} from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { readConfig } from '../../src/config.ts';
import { openOwnIssuer } from '../../src/http/own-issuer.ts';
import { ATTEMPTS } from '../../src/webhooks/backoff.ts';
import { MESSAGE_TYPES } from '../../src/webhooks/message.ts';
import { parseReceivers } from '../../src/webhooks/receivers.ts';
import { eventually } from '../eventually.ts';
import { ACCOUNT_ADMIN, askGrants } from '../processes.ts';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { newSecret } from './receiving.ts';

const folder = await useProcesses();
const service = useService();
const guide = await readFile(join(ROOT, 'docs/guides/webhooks.md'), 'utf8');
const blocksOf = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const [fileSample = '', messageSample = ''] = blocksOf('json');
const [receiverSample = ''] = blocksOf('js');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('the receiver of the guide takes what a server sends, once, and a server that stops leaves nothing behind', async () => {
  const [port, secret] = [await freePort(), newSecret()];
  const file = join(folder, 'webhooks.json');
  await writeFile(
    file,
    JSON.stringify([
      { name: 'crm', url: `http://127.0.0.1:${port}/grantkeeper`, secrets: [newSecret(), secret] },
    ]),
  );
  const receiver = new OwnProcess([process.execPath, '--input-type=module', '--eval', receiverSample], {
    WEBHOOK_SECRET: secret,
    PORT: String(port),
  });
  const env = {
    MONGODB_URI: service.uri,
    DATA_DIR: folder,
    WEBHOOKS_FILE: file,
    WEBHOOKS_ALLOW_PRIVATE: 'true',
  };
  const command = (...args: string[]) => new OwnProcess([...GRANTKEEPER, 'webhooks', ...args], env).ended;
  await service.store.refreshTokens.create(tokenRow({ expires_at: null }));
  const server = await startServer(env);
  await untilReady(server);
  // Once it has the receiver.
  await eventually(async () => expect(await service.store.webhookState.countDocuments()).toBe(1));
  const { sign } = await openOwnIssuer(folder, readConfig({}));
  const token = await sign(ACCOUNT_ADMIN, 600);
  expect((await askGrants(server, token, `/${PAGE_GRANT_ID}`, 'DELETE')).body.revoked_tokens).toBe(1);

  await receiver.printed(new RegExp(`^grant\\.revoked ${PAGE_GRANT_ID}$`, 'm'));
  expect(await command('test', 'crm')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^crm answered with 204/),
  });
  await eventually(async () =>
    expect(await service.store.webhookMessages.find().lean()).toMatchObject([{ state: 'delivered' }]),
  );
  const [message] = await service.store.webhookMessages.find().lean();
  expect(Object.keys(JSON.parse(message?.body ?? '').data)).toEqual(
    Object.keys(JSON.parse(messageSample).data),
  );
  expect(await command('replay', '--id', message?.id ?? '')).toMatchObject({ code: 0 });
  await eventually(async () =>
    expect(await service.store.webhookMessages.find().lean()).toMatchObject([{ state: 'delivered' }]),
  );
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.stdout).toBe(`grant.revoked ${PAGE_GRANT_ID}\nwebhook.test undefined\n`);
  expect(await service.store.webhookState.findOne().lean()).not.toHaveProperty('numbering');
  await receiver.stop();
});

it('a server whose file of receivers is wrong does not start, and says what is wrong', async () => {
  const file = join(folder, 'wrong.json');
  await writeFile(
    file,
    JSON.stringify([{ name: 'crm', url: 'https://crm.example', secrets: ['whsec_c2hvcnQ='] }]),
  );
  const server = new OwnProcess([...GRANTKEEPER, 'start'], {
    MONGODB_URI: service.uri,
    PORT: '0',
    WEBHOOKS_FILE: file,
  });
  expect(await server.ended).toMatchObject({
    code: 1,
    stderr: `grantkeeper: WEBHOOKS_FILE (${file}) is wrong:\n  receiver 1 ("crm"): secrets.0 must be whsec_ and the base64 of 24 to 64 random bytes\n`,
  });
});

it('the guide shows a file that is right, and every type and number of attempts as they are', () => {
  const config = { webhooksFile: 'sample', webhooksAllowPrivate: false, production: true };
  expect(parseReceivers(fileSample, config)).toHaveLength(1);
  const types = [...guide.matchAll(/^\| `([a-z]+\.[a-z]+)` /gm)].map(([, type]) => type);
  expect(types).toEqual([...MESSAGE_TYPES, 'webhook.test']);
  const [, waits = ''] = /tried again after about (.*?), or as late/s.exec(guide) ?? [];
  expect(waits.match(/\d+/g)).toHaveLength(ATTEMPTS - 1);
  expect(PAGE_GRANT).toMatchObject({ client_id: JSON.parse(messageSample).data.client_id });
});
