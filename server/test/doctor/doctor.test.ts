import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GRANTKEEPER, OwnProcess, ROOT } from '../../../scripts/processes/server-process.ts';
import { some } from '../effort.ts';
import { startFakeMongo } from '../fake-mongodb.ts';
import { tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { CASES, issuer } from './findings.ts';
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

/** A deployment in which nothing must be fixed, as far as one can be on the embedded engine. */
async function sound() {
  await service.store.refreshTokens.insertMany([tokenRow(), tokenRow({ user_id: 'another' })]);
  await service.model.refreshWhole();
  return { MONGODB_URI: service.uri, PUBLIC_URL: service.url, ...(await issuer()) };
}

/** Everything in the store. */
async function dump() {
  const all = Object.values(service.store).map(({ collection }) => collection.find().toArray());
  return await Promise.all(all);
}

it.each([false, true])('says of a sound deployment what it looked at (full: %s)', async (full) => {
  const reports = await examined(await sound(), { full });
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
  const env = await sound();
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
  const env = await sound();
  await service.store.refreshTokens.insertMany([tokenRow({ user_id: 'new' })]);
  expect((await findingsOf(env)).map(({ id }) => id)).not.toContain('model-differs');
});

describe('the command', () => {
  const run = (env: Record<string, string>, ...args: string[]) =>
    new OwnProcess([...GRANTKEEPER, 'doctor', ...args], env).ended;
  const production = {
    NODE_ENV: 'production',
    AUTH_ISSUER: 'https://issuer.example',
    AUTH_AUDIENCE: 'https://grants.example',
  };

  it('exits with 0 if there are only warnings', async () => {
    const { code, stdout, stderr } = await run({ ...production, ...(await sound()), CORS_ORIGINS: '*' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {7}signing keys: 1 key$/m);
    expect(stdout).toMatch(/^warning {2}configuration: .* \[any-origin\]\n {9}Why: .*\n {9}Do: {2}.*$/m);
    expect(stdout).toMatch(/\n0 to fix, \d warnings?\.\n$/);
  });

  it('exits with 1 if anything must be fixed, and says what as JSON', async () => {
    const env = { ...production, ...(await sound()), ...(await issuer([])) };
    const { code, stdout } = await run(env, '--json');
    const report = JSON.parse(stdout);
    expect({ code, errors: report.errors }).toEqual({ code: 1, errors: 1 });
    expect(report.checks).toContainEqual({
      check: 'signing keys',
      summary: '0 keys',
      // A busy machine may be slow to answer, which is a warning.
      findings: expect.arrayContaining([expect.objectContaining({ id: 'no-usable-key', severity: 'error' })]),
    });
  });

  it('says which variables are wrong', async () => {
    const { code, stdout } = await run({ NODE_ENV: 'production', PORT: 'x' }, '--json');
    expect(code).toBe(1);
    const [finding] = JSON.parse(stdout).checks[0].findings;
    expect(finding).toMatchObject({
      id: 'invalid-configuration',
      severity: table.get('invalid-configuration'),
    });
    expect(finding.found).toMatch(/PORT must be a port number(.|\n)*MONGODB_URI must be set/);
  });

  it('says what to do where no server runs', async () => {
    const { code, stdout } = await run({ DATA_DIR: '/nowhere' });
    expect(code).toBe(1);
    expect(stdout).toContain(
      'no server runs on /nowhere: start one first, or set MONGODB_URI [database-out-of-reach]',
    );
  });
});
