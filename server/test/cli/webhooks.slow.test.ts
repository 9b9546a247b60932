import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import type { Webhooks } from '../../src/webhooks/webhooks.ts';
import { PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { sender, turn, useReceivers } from '../webhooks/receiving.ts';

await useProcesses();
const service = useService();
const [crm, siem] = useReceivers(2);
if (!crm || !siem) throw new Error('there are two');
const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-webhooks-'));
afterAll(() => rm(folder, { recursive: true }));
const file = join(folder, 'webhooks.json');
const as = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };

const run = (...args: string[]) =>
  new OwnProcess([...GRANTKEEPER, 'webhooks', ...args], {
    MONGODB_URI: service.uri,
    WEBHOOKS_FILE: file,
    WEBHOOKS_ALLOW_PRIVATE: 'true',
  }).ended;
const linesOf = ({ stdout }: { stdout: string }) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const grantOf = (user_id: string) => encodeGrantId({ ...PAGE_GRANT, user_id });
const stored = () => service.store.webhookMessages.find().sort({ number: 1, receiver: 1 }).lean();

let webhooks: Webhooks;

beforeEach(async () => {
  const receivers = [crm, siem].map(({ url, secret }, index) => ({
    name: ['crm', 'siem'][index],
    url: `${url}?key=hidden`,
    secrets: [secret],
    ...(index === 1 ? { types: ['grant.revoked'] } : {}),
  }));
  await writeFile(file, JSON.stringify(receivers));
  service.now = new Date();
  webhooks = sender(service, [crm.as('crm'), siem.as('siem', { types: ['grant.revoked'] })]);
  await turn(webhooks);
  // Of three people: delivered to siem; to crm one is dead, one delivered, one waits.
  crm.answer = ({ data }) => ({ ann: 410, bob: 204 })[String(data.user_id)] ?? 500;
  for (const user_id of ['ann', 'bob', 'cat']) {
    service.now = new Date(service.now.getTime() + 1_000);
    await service.store.refreshTokens.create(tokenRow({ user_id, expires_at: null }));
    await service.ask('DELETE', `/api/v1/oauth-grants/${grantOf(user_id)}`, { as });
    await turn(webhooks);
  }
  crm.reset();
});

describe('grantkeeper webhooks', () => {
  it('lists the receivers with what waits and what is dead', async () => {
    await service.store.webhookMessages.updateMany(
      { receiver: 'siem', type: 'grant.revoked' },
      { receiver: 'old' },
    );
    await service.store.webhookMessages.updateMany({ receiver: 'old' }, { state: 'dead' });
    const [shown, json] = await Promise.all([run('list'), run('list', '--json')]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(
      shown.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ['receiver', 'waiting', 'dead', 'oldest', 'url', 'types'],
      ['crm', '1', '1', expect.stringMatching(/^\d+ s$/), `http://127.0.0.1:${crm.port}`, 'all types'],
      ['siem', '0', '0', '-', `http://127.0.0.1:${siem.port}`, 'grant.revoked'],
      ['old', '0', '3', '-', 'not in WEBHOOKS_FILE'],
    ]);
    expect(shown.stdout).not.toMatch(/hidden|whsec/);
    expect(linesOf(json)).toEqual([
      {
        receiver: 'crm',
        url: `http://127.0.0.1:${crm.port}`,
        types: null,
        waiting: 1,
        dead: 1,
        oldest_seconds: expect.any(Number),
      },
      {
        receiver: 'siem',
        url: `http://127.0.0.1:${siem.port}`,
        types: ['grant.revoked'],
        waiting: 0,
        dead: 0,
        oldest_seconds: null,
      },
      { receiver: 'old', url: null, types: null, waiting: 0, dead: 3, oldest_seconds: null },
    ]);
  });

  it('prints the dead messages as lines of JSON', async () => {
    const all = await run('dead');
    expect(all).toMatchObject({ code: 0, stderr: '' });
    const [message] = await stored();
    expect(linesOf(all)).toEqual([
      {
        receiver: 'crm',
        id: message?.id,
        attempts: 1,
        error: 'HTTP 410',
        dead_at: message?.ended_at?.toISOString(),
        message: JSON.parse(message?.body ?? ''),
      },
    ]);
    const [ofCrm, ofSiem] = await Promise.all([
      run('dead', '--receiver', 'crm'),
      run('dead', '--receiver', 'siem'),
    ]);
    expect([ofCrm.stdout, ofSiem.stdout, ofSiem.code]).toEqual([all.stdout, '', 0]);
  });

  it('has dead messages sent again, and delivered ones by their ids, under the same ids', async () => {
    expect(await run('replay', '--all')).toEqual({
      code: 0,
      stdout: '1 message is sent again\n',
      stderr: '',
    });
    // The command goes by the real time. The one that waited is due as well.
    service.now = new Date(Date.now() + 60_000);
    await turn(webhooks);
    expect(crm.taken.map(({ data }) => data.user_id).toSorted()).toEqual(['ann', 'cat']);
    crm.reset();
    siem.reset();
    const [ann, , bob] = await stored();
    const ids = [ann?.id ?? '', bob?.id ?? ''];
    const ofSiem = await run('replay', '--receiver', 'siem', '--id', ...ids);
    expect(ofSiem).toMatchObject({ code: 0, stdout: '2 messages are sent again\n' });
    const ofAll = await run('replay', '--id', ids[0] ?? '');
    expect(ofAll).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[12] messages? (is|are) sent again\n$/),
    });
    service.now = new Date(Date.now() + 60_000);
    await turn(webhooks);
    expect(siem.taken.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(crm.taken.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    expect((await run('replay', '--all')).stdout).toBe('0 messages are sent again\n');
  });

  it('sends a test to a receiver, and says how it answered', async () => {
    const told = await run('test', 'crm');
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toMatch(/^crm answered with 204 after \d+ ms\n$/);
    expect(crm.taken).toMatchObject([{ type: 'webhook.test', data: { receiver: 'crm' } }]);
    crm.answer = () => 500;
    expect(await run('test', 'crm')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'grantkeeper: crm did not take the message: HTTP 500\n',
    });
  });

  it('refuses what it does not understand', async () => {
    const before = await stored();
    const endings = await Promise.all([
      run(),
      run('replay'),
      run('replay', '--id', 'msg_1', before[0]?.id ?? ''),
      run('replay', '--all', '--receiver', 'cmr'),
      run('test', 'cmr'),
    ]);
    const which = 'grantkeeper: say which messages: --id with their webhook-id, or --all for all dead ones\n';
    const unknown = 'grantkeeper: WEBHOOKS_FILE has no receiver cmr: it has crm, siem\n';
    expect(endings.map(({ code, stdout }) => [code, stdout])).toEqual(endings.map(() => [1, '']));
    expect(endings.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/^Usage: grantkeeper webhooks (.|\n)* list (.|\n)* replay /),
      which,
      'grantkeeper: no message is kept with the id msg_1: none is sent again\n',
      unknown,
      unknown,
    ]);
    expect(await stored()).toEqual(before);
  });
});
