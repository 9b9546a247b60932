import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../scripts/processes/server-process.ts';
import { some } from '../effort.ts';
import { startFakeMongo } from '../fake-mongodb.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { CASES, issuer, sound } from './findings.ts';
import { examined, findingsOf } from './patient.ts';
import { eventRow, messageRow } from './webhook-findings.ts';

const service = useService();

/** What `docs/guides/doctor.md` promises: for each finding, whether it must be fixed. */
const table = new Map(
  [
    ...(await readFile(join(ROOT, 'docs/guides/doctor.md'), 'utf8')).matchAll(
      /^\| `([\w-]+)` +\| (fix|warning) +\|/gm,
    ),
  ].map(([, id = '', kind = '']) => [id, kind === 'fix' ? 'error' : 'warning']),
);

describe('grantkeeper doctor finds', () => {
  it.each(some(CASES, 24).map((one) => [one.how ? `${one.id}, ${one.how}` : one.id, one] as const))(
    '%s',
    async (_name, { id, arrange, ahead = 0, full = false }) => {
      const env = await arrange(service);
      const clock = () => new Date(Date.now() + ahead);
      const found = (await findingsOf(env, { clock, full })).filter((finding) => finding.id === id);
      expect(found).not.toEqual([]);
      for (const finding of found) {
        expect(finding).toEqual({
          id,
          severity: table.get(id),
          found: expect.stringMatching(/\w/),
          why: expect.stringMatching(/\.$/),
          remedy: expect.stringMatching(/\.$/),
        });
      }
    },
  );

  it('a slow issuer', async () => {
    let now = Date.now();
    const env = await issuer();
    const clock = () => {
      now += 3_000;
      return new Date(now);
    };
    expect((await findingsOf(env, { clock })).map(({ id }) => id)).toContain('keys-slow');
  });

  it('exactly what its guide lists', () => {
    const tested = new Set([...CASES.map(({ id }) => id), 'keys-slow', 'invalid-configuration']);
    expect([...table.keys()].toSorted()).toEqual([...tested].toSorted());
  });
});

/** Everything in the store. */
async function dump() {
  const all = Object.values(service.store).map(({ collection }) => collection.find().toArray());
  return await Promise.all(all);
}

it.each([false, true])('says of a sound deployment what it looked at (full: %s)', async (full) => {
  const reports = await examined(await sound(service), { full });
  expect(reports.map(({ check, summary }) => `${check}: ${summary}`)).toEqual([
    'configuration: for production',
    'signing keys: 1 key',
    `public address: ${service.url}/readyz answers`,
    'webhook receivers: 0 receivers',
    // Which it is, and what may be said against it, depends on where the tests run.
    expect.stringMatching(/^database: MongoDB \d+\.\d+\.\d+/),
    expect.stringMatching(/^clock: \d\.\d s (ahead of|behind) the database's$/),
    expect.stringMatching(/^indexes: \d\d indexes$/),
    'unfinished work: revocations and audit events',
    'webhooks: 0 receivers in use',
    'read model: all grants compared with their rows',
  ]);
  const others = reports.filter(({ check }) => check !== 'database');
  expect(others.flatMap(({ findings }) => findings)).toEqual([]);
});

it('changes nothing in the store', async () => {
  const env = await sound(service);
  // Expires what expired since; a list would do so too.
  await examined(env, { full: true });
  const before = await dump();
  await examined(env, { full: true });
  expect(await dump()).toEqual(before);
});

it('counts members that never become primary, for they hold data', async () => {
  const hello = { setName: 'rs0', hosts: ['m1:1', 'm2:1'], passives: ['m3:1'], ok: 1 };
  const host = await startFakeMongo({ buildInfo: { ok: 1, version: '8.0.4' }, hello });
  const MONGODB_URI = `mongodb://${host}/grants?directConnection=true`;
  const reports = await examined({ MONGODB_URI });
  const { summary, findings } = reports.find(({ check }) => check === 'database') ?? {};
  expect(summary).toBe('MongoDB 8.0.4, the replica set rs0 of 3 members');
  expect(findings?.map(({ id }) => id)).not.toContain('small-replica-set');
});

describe('webhooks that are on their way', () => {
  it('are nothing to report', async () => {
    await service.store.webhookState.create({
      _id: 'outbox',
      receivers: { crm: { since: new Date(0), seen: new Date(), types: [] } },
    });
    await service.store.webhookMessages.create(messageRow(10, { state: 'waiting' }));
    await service.store.auditEvents.collection.insertOne(eventRow(4));
    const found = await findingsOf({ MONGODB_URI: service.uri });
    expect(found.map(({ id }) => id).filter((id) => id.startsWith('webhook'))).toEqual([]);
  });

  it('to a receiver that was removed are found as such', async () => {
    await service.store.webhookMessages.create(messageRow(20, { state: 'waiting' }));
    const found = await findingsOf({ MONGODB_URI: service.uri });
    expect(found.find(({ id }) => id === 'webhooks-late')?.found).toBe(
      '1 webhook for the receiver crm waits, and no server has had it in WEBHOOKS_FILE for a week',
    );
  });
});

it('finds no difference in rows that are pending, for it takes them in as a list does', async () => {
  const env = await sound(service);
  await service.store.refreshTokens.insertMany([tokenRow({ user_id: 'new' })]);
  expect((await findingsOf(env)).map(({ id }) => id)).not.toContain('model-differs');
});
