import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConsentRow, RefreshTokenRow } from '../../src/database/collections.ts';
import { times } from '../effort.ts';
import { consentRow, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { grantIdOf, grantsOf, type Store } from './reference.ts';

const service = useService();
const START = new Date('2026-06-01T12:00:00.000Z').getTime();
const MINUTE = 60_000;
const account_id = 'A';
const ann = {
  sub: 'ann',
  account_id,
  permissions: ['account:member'],
  scope: 'openid urn:logto:scope:sessions',
};
const verified = { 'logto-verification-id': 'v' };

const moment = fc.integer({ min: -3, max: 3 }).map((minutes) => new Date(START + minutes * MINUTE));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 2 });
const grant = fc.record({
  user_id: fc.constantFrom('ann', 'ann', 'bob'),
  client_id: fc.constantFrom('first', 'third', 'https://agent.example/c.json'),
  scope: fc.constantFrom<string[]>(['a'], ['b'], ['a', 'b']),
});

/** A store in which a token and the consent it names belong to one person, as the store's contract has it. */
const store: fc.Arbitrary<Store> = fc
  .record({
    consents: fc.array(fc.tuple(grant, maybe(moment), fc.option(moment, { freq: 2 }), moment), {
      minLength: 1,
      maxLength: 5,
    }),
    tokens: fc.array(
      fc.tuple(grant, fc.nat(6), maybe(moment), maybe(moment), fc.option(moment, { freq: 2 })),
      { maxLength: 12 },
    ),
  })
  .map(({ consents, tokens }) => {
    const consentRows = consents.map(([values, expires_at, revoked_at, granted_at], index) =>
      consentRow({ _id: `c${index}`, account_id, ...values, expires_at, revoked_at, granted_at }),
    );
    const refreshTokens = tokens.map(([values, consent, last_used_at, expires_at, revoked_at], index) => {
      const named = consentRows[consent];
      const consent_id = named?.user_id === values.user_id ? named._id : null;
      return tokenRow({
        _id: `t${index}`,
        account_id,
        ...values,
        consent_id,
        last_used_at,
        expires_at,
        revoked_at,
      });
    });
    return {
      consents: consentRows,
      refreshTokens,
      clients: [
        { _id: 'first', name: 'First', is_first_party: true },
        { _id: 'third', name: 'Third', is_first_party: false },
      ],
      users: [],
    };
  });

const step = fc.oneof(
  fc.record({ through: fc.constantFrom('/v1/me/grants', '/api/my-account/grants'), consent: fc.nat() }),
  fc.record({ through: fc.constant('/api/v1/oauth-grants'), token: fc.nat(), include_consent: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer Taken> ? Taken : never;

async function fill({ refreshTokens, consents, clients }: Store): Promise<void> {
  service.now = new Date(START);
  await service.empty();
  await service.store.clients.insertMany(clients);
  await service.store.consents.insertMany(consents);
  if (refreshTokens.length > 0) await service.store.refreshTokens.insertMany(refreshTokens);
  const expires_at = new Date(START + 1e9);
  await service.store.verificationRecords.create({
    _id: 'v',
    user_id: 'ann',
    type: 'Password',
    verified: true,
    expires_at,
  });
}

/** What is live, as each of the three documents says. */
async function live() {
  const [grants, me, account] = await Promise.all([
    service.ask('GET', '/api/v1/oauth-grants', { as: ann }),
    service.ask('GET', '/v1/me/grants', { as: ann }),
    service.ask('GET', '/api/my-account/grants', { as: ann, headers: verified }),
  ]);
  return {
    grants: grants.body.grants.map(({ grant_id }: { grant_id: string }) => grant_id).sort(),
    me: me.body.data
      .map(({ id, last_used_at }: { id: string; last_used_at: string | null }) => [id, last_used_at])
      .sort(),
    account: account.body.grants
      .map(({ id, expiresAt }: { id: string; expiresAt: number }) => [id, expiresAt])
      .sort(),
  };
}

/** The same, from the rows, as plainly as can be. */
function expectedLive(rows: Store) {
  const own = rows.consents.filter(({ user_id, revoked_at }) => user_id === 'ann' && !revoked_at);
  const tokensOf = ({ _id }: ConsentRow) => rows.refreshTokens.filter(({ consent_id }) => consent_id === _id);
  const registered = new Set(rows.clients.map(({ _id }) => _id));
  return {
    grants: grantsOf(rows, service.now)
      .filter(({ user_id, status }) => user_id === 'ann' && status === 'active')
      .map(({ grant_id }) => grant_id)
      .sort(),
    me: own.map((consent) => [consent._id, latestUse(tokensOf(consent))]).sort(),
    account: own
      .filter(({ client_id }) => registered.has(client_id))
      .map((consent): [string, number] => [consent._id, expiryOf(consent, tokensOf(consent))])
      .filter(([, expiry]) => expiry > service.now.getTime() && expiry < Number.POSITIVE_INFINITY)
      .sort(),
  };
}

function latestUse(tokens: RefreshTokenRow[]): string | null {
  const used = tokens.flatMap(({ last_used_at }) => last_used_at?.getTime() ?? []);
  return used.length > 0 ? new Date(Math.max(...used)).toISOString() : null;
}

function expiryOf({ expires_at }: ConsentRow, tokens: RefreshTokenRow[]): number {
  if (expires_at) return expires_at.getTime();
  return Math.max(...tokens.map((token) => token.expires_at?.getTime() ?? Number.POSITIVE_INFINITY));
}

/** Revokes through one of the documents, and in the rows. */
async function take(rows: Store, taken: Step): Promise<void> {
  if ('consent' in taken) {
    const consent = rows.consents[taken.consent % rows.consents.length];
    const { status } = await service.ask('DELETE', `${taken.through}/${consent?._id}`, {
      as: ann,
      headers: verified,
    });
    expect(status).toBe(consent?.user_id === 'ann' ? 204 : 404);
    if (!consent || status === 404) return;
    consent.revoked_at ??= service.now;
    for (const token of rows.refreshTokens)
      if (token.consent_id === consent._id) token.revoked_at ??= service.now;
    return;
  }
  const token = rows.refreshTokens[taken.token % Math.max(1, rows.refreshTokens.length)];
  if (!token) return;
  const path = `${taken.through}/${grantIdOf(token)}?include_consent=${taken.include_consent}`;
  const { status } = await service.ask('DELETE', path, { as: ann });
  expect(status).toBe(token.user_id === 'ann' ? 200 : 404);
  if (status === 404) return;
  const family = rows.refreshTokens.filter((row) => grantIdOf(row) === grantIdOf(token));
  for (const row of family) row.revoked_at ??= service.now;
  const named = new Set(family.map(({ consent_id }) => consent_id));
  for (const consent of rows.consents) {
    if (taken.include_consent && named.has(consent._id)) consent.revoked_at ??= service.now;
  }
}

it('the documents agree with each other and with the rows about what is live, whatever is revoked through which', async () => {
  await fc.assert(
    fc.asyncProperty(store, fc.array(step, { maxLength: 5 }), async (rows, steps) => {
      await fill(rows);
      expect(await live()).toEqual(expectedLive(rows));
      for (const taken of steps) {
        await take(rows, taken);
        expect(await live(), taken.through).toEqual(expectedLive(rows));
      }
    }),
    { numRuns: times(7, 100) },
  );
}, 180_000);
