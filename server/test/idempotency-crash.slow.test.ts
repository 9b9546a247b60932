import { expect, test } from 'vitest';
import { type ServerProcess, startServer, untilReady } from '../../scripts/processes/server-process.ts';
import { useProcesses } from '../../scripts/processes/use-processes.ts';
import { readConfig } from '../src/config.ts';
import { createIndexes } from '../src/database/collections.ts';
import { connectDatabase } from '../src/database/connect.ts';
import { openOwnIssuer } from '../src/http/own-issuer.ts';
import { eventually } from './eventually.ts';
import { ownDatabase } from './own-database.ts';
import { ACCOUNT_ADMIN } from './processes.ts';
import { consentRow, PAGE_GRANT, tokenRow } from './rows.ts';

const folder = await useProcesses();
/** Several batches: the server is killed between the first and the last. */
const GRANTS = 6_000;

test('a bulk revocation whose server is killed is finished by its repetition, which counts all of it', async () => {
  const uri = ownDatabase('crash');
  const database = await connectDatabase(uri);
  const { collections } = database;
  await createIndexes(collections);
  const people = Array.from({ length: GRANTS }, (_, index) => `person-${index}`);
  const expires_at = null;
  await collections.consents.insertMany(
    people.map((user_id) => consentRow({ _id: `of-${user_id}`, user_id })),
  );
  await collections.refreshTokens.insertMany([
    ...people.map((user_id) => tokenRow({ user_id, expires_at, consent_id: `of-${user_id}` })),
    // Neither counts: revoked before, and another client's.
    tokenRow({ user_id: 'person-0', expires_at, revoked_at: new Date() }),
    tokenRow({ user_id: 'person-0', expires_at, client_id: 'another' }),
  ]);
  const env = { MONGODB_URI: uri, DATA_DIR: folder };
  const [one, other] = await Promise.all([startServer(env), startServer(env)]);
  await Promise.all([untilReady(one), untilReady(other)]);
  const { sign } = await openOwnIssuer(folder, readConfig({}));
  const headers = {
    Authorization: `Bearer ${await sign(ACCOUNT_ADMIN, 600)}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'a-key',
  };
  const body = JSON.stringify({ client_id: PAGE_GRANT.client_id, include_consent: true });
  const revoke = ({ url }: ServerProcess) =>
    fetch(`${url}/api/v1/oauth-grants/revoke`, { method: 'POST', headers, body });
  const revoked = () => collections.refreshTokens.countDocuments({ revocation_id: { $exists: true } });

  const lost = revoke(one).then(
    () => 'an answer',
    () => 'no answer',
  );
  await eventually(async () => expect(await revoked()).toBeGreaterThan(0));
  await one.kill();
  expect(await lost).toBe('no answer');
  expect(await revoked()).toBeLessThan(GRANTS);

  const early = await revoke(other);
  expect([early.status, Number(early.headers.get('retry-after')) > 0]).toEqual([409, true]);
  // As once the lease of the server that was killed has run out.
  await collections.idempotencyKeys.updateOne({}, { until: new Date(0) });
  const answer = await revoke(other);
  const counts = { revoked_tokens: GRANTS, revoked_consents: GRANTS };
  expect([answer.status, await answer.json()]).toEqual([200, counts]);
  const again = await revoke(other);
  expect([again.headers.get('idempotency-replayed'), await again.json()]).toEqual(['true', counts]);
  expect(await revoked()).toBe(GRANTS);
  expect(await collections.refreshTokens.distinct('revocation_id')).toHaveLength(1);
  expect(await other.stop()).toMatchObject({ code: 0, stderr: '' });
  await database.close();
});
