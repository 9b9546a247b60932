import { exportJWK, generateKeyPair } from 'jose';
import { onTestFinished } from 'vitest';
import { type Collections, createIndexesOf } from '../../src/database/collections.ts';
import { startFakeMongo } from '../fake-mongodb.ts';
import { tokenRow } from '../rows.ts';
import type { Service } from '../service.ts';
import type { Case } from './case.ts';
import { NOWHERE, serving } from './patient.ts';
import { WEBHOOK_CASES } from './webhook-findings.ts';

const MINUTE = 60_000;
const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
const PUBLIC = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
const SECRET = { ...(await exportJWK(privateKey)), kid: 'k1', alg: 'ES256' };

/** An issuer that publishes these keys. */
export async function issuer(keys: object[] = [PUBLIC], headers: Record<string, string> = {}) {
  const url = await serving((_req, res) =>
    res.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify({ keys })),
  );
  return { AUTH_JWKS_URI: `${url}/jwks` };
}

const dated = (ahead: number) => issuer([PUBLIC], { Date: new Date(Date.now() - ahead).toUTCString() });

const uri = ({ uri: MONGODB_URI }: Service) => ({ MONGODB_URI });

/** A MongoDB 8 that answers some commands in its own way. */
async function fake(answers: Parameters<typeof startFakeMongo>[0]) {
  const host = await startFakeMongo({ buildInfo: { ok: 1, version: '8.0.4' }, ...answers });
  return { MONGODB_URI: `mongodb://${host}/grants?directConnection=true` };
}

const refused = { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'not authorized on admin' };
const memberOf = (arbiters: string[], ...hosts: string[]) => ({ setName: 'rs0', hosts, arbiters, ok: 1 });
const mongos = { msg: 'isdbgrid', ok: 1 };

/** A store whose model has taken in one grant. */
async function withGrant(service: Service) {
  await service.store.refreshTokens.insertMany([tokenRow({ expires_at: null })]);
  await service.model.refreshWhole();
  return uri(service);
}

/** A deployment in which nothing must be fixed, as far as one can be on the embedded engine. */
export async function sound(service: Service) {
  await service.store.refreshTokens.insertMany([tokenRow(), tokenRow({ user_id: 'another' })]);
  await service.model.refreshWhole();
  return { ...uri(service), PUBLIC_URL: service.url, ...(await issuer()) };
}

/** Gives a collection its declared indexes again at the end of the test. */
function restoringIndexes(model: Collections[keyof Collections]) {
  onTestFinished(async () => {
    await model.collection.dropIndexes();
    await createIndexesOf(model);
  });
}

const lost = (minutes: number) => new Date(Date.now() - minutes * MINUTE);

export const CASES: Case[] = [
  { id: 'not-production', arrange: () => ({ NODE_ENV: 'development' }) },
  { id: 'own-issuer', arrange: () => ({ NODE_ENV: 'development', AUTH_JWKS_URI: '' }) },
  { id: 'any-origin', arrange: () => ({ CORS_ORIGINS: '*' }) },
  { id: 'no-public-url', arrange: () => ({ HOST: '0.0.0.0' }) },
  { id: 'no-trusted-proxy', arrange: () => ({ PUBLIC_URL: 'https://127.0.0.1:9' }) },
  { id: 'no-database-name', arrange: () => ({ MONGODB_URI: NOWHERE.replace('/grants', '/') }) },
  {
    id: 'database-without-tls',
    arrange: () => ({ MONGODB_URI: NOWHERE.replace(':9', ':9,m2.invalid') }),
  },
  { id: 'overridden-options', arrange: () => ({ MONGODB_URI: NOWHERE.replace('?', '?w=1&') }) },
  {
    id: 'overridden-options',
    how: 'in other letters',
    arrange: () => ({ MONGODB_URI: NOWHERE.replace('?', '?READPREFERENCE=nearest&') }),
  },
  { id: 'write-timeout', arrange: () => ({ MONGODB_URI: NOWHERE.replace('?', '?wTimeoutMS=500&') }) },

  { id: 'public-url-without-tls', arrange: () => ({ PUBLIC_URL: 'http://grants.invalid' }) },
  { id: 'public-url-unreachable', arrange: () => ({ PUBLIC_URL: 'http://127.0.0.1:9' }) },
  {
    id: 'not-ready',
    arrange: async () => ({
      PUBLIC_URL: await serving((_req, res) => res.writeHead(503).end('{"status":"taking in rows"}')),
    }),
  },
  {
    id: 'public-url-elsewhere',
    arrange: async () => ({ PUBLIC_URL: await serving((_req, res) => res.writeHead(200).end('<html>')) }),
  },
  {
    id: 'public-url-elsewhere',
    how: 'without its path',
    arrange: async ({ url }) => ({ PUBLIC_URL: `${url}/grants` }),
  },

  { id: 'keys-without-tls', arrange: () => ({ AUTH_JWKS_URI: 'http://issuer.invalid/jwks' }) },
  { id: 'keys-unreachable', arrange: () => ({ AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks' }) },
  {
    id: 'keys-unreachable',
    how: 'they are no JSON',
    arrange: async () => ({ AUTH_JWKS_URI: await serving((_req, res) => res.end('<html>')) }),
  },
  { id: 'no-usable-key', arrange: () => issuer([]) },
  { id: 'no-usable-key', how: 'symmetric', arrange: () => issuer([{ kty: 'oct', k: 'c2VjcmV0' }]) },
  { id: 'no-usable-key', how: 'for encryption', arrange: () => issuer([{ ...PUBLIC, use: 'enc' }]) },
  { id: 'secret-key-published', arrange: () => issuer([PUBLIC, SECRET]) },
  { id: 'issuer-clock-differs', arrange: () => dated(30_000) },
  { id: 'issuer-clock-differs', how: 'the other way', arrange: () => dated(-30_000) },
  { id: 'issuer-clock-wrong', arrange: () => dated(10 * MINUTE) },

  { id: 'database-out-of-reach', arrange: () => ({ MONGODB_URI: 'mongodb://127.0.0.1:1/grants' }) },
  {
    id: 'database-out-of-reach',
    how: 'too old',
    arrange: () => fake({ buildInfo: { ok: 1, version: '7.0.14' } }),
  },
  { id: 'check-failed', arrange: () => fake({ listIndexes: refused }) },
  { id: 'prerelease', arrange: () => fake({ buildInfo: { ok: 1, version: '8.2.0-rc3' } }) },
  { id: 'standalone', arrange: () => fake({}) },
  { id: 'small-replica-set', arrange: () => fake({ hello: memberOf([], 'm1:27017') }) },
  {
    id: 'small-replica-set',
    how: 'with an arbiter',
    arrange: () => fake({ hello: memberOf(['m3:27017'], 'm1:27017', 'm2:27017') }),
  },
  {
    id: 'weak-default-write-concern',
    arrange: () =>
      fake({
        hello: memberOf([], 'm1:27017', 'm2:27017', 'm3:27017'),
        getDefaultRWConcern: { defaultWriteConcern: { w: 1 }, ok: 1 },
      }),
  },
  {
    id: 'migrations-not-paused',
    arrange: () =>
      fake({ hello: mongos, getClusterParameter: { clusterParameters: [{ enabled: false }], ok: 1 } }),
  },
  { id: 'migrations-unknown', arrange: () => fake({ hello: mongos, getClusterParameter: refused }) },
  {
    id: 'no-majority',
    arrange: () =>
      fake({
        update: { n: 0, ok: 1, writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } },
      }),
  },
  { id: 'no-majority', how: 'the user may only read', arrange: () => fake({ update: refused }) },

  { id: 'clock-differs', arrange: uri, ahead: 30_000 },
  { id: 'clock-wrong', arrange: uri, ahead: MINUTE + 10_000 },
  { id: 'clock-wrong', how: 'behind', arrange: uri, ahead: -10 * MINUTE },

  {
    id: 'index-missing',
    arrange: async (service) => {
      restoringIndexes(service.store.consents);
      await service.store.consents.collection.dropIndex('user_id_1_granted_at_-1');
      return uri(service);
    },
  },
  {
    id: 'index-differs',
    arrange: async (service) => {
      restoringIndexes(service.store.idempotencyKeys);
      const { collection } = service.store.idempotencyKeys;
      await collection.dropIndex('at_1');
      await collection.createIndex({ at: 1 }, { expireAfterSeconds: 10 });
      return uri(service);
    },
  },
  {
    id: 'index-hidden',
    arrange: async (service) => {
      restoringIndexes(service.store.grants);
      const { collection } = service.store.grants;
      await collection.dropIndex('grant_hash_1');
      await collection.createIndex({ grant_hash: 1 }, { hidden: true });
      return uri(service);
    },
  },

  ...WEBHOOK_CASES,

  { id: 'model-not-built', arrange: uri },
  {
    id: 'backlog',
    arrange: async (service) => {
      await withGrant(service);
      const rows = Array.from({ length: 2_000 }, () => tokenRow());
      await service.store.refreshTokens.insertMany(rows);
      return uri(service);
    },
  },
  {
    id: 'backlog',
    how: 'that a server takes in',
    arrange: async (service) => {
      await withGrant(service);
      await service.store.refreshTokens.insertMany(Array.from({ length: 2_000 }, () => tokenRow()));
      await service.store.modelState.create({
        _id: 'grants',
        lease: { holder: 'another', until: new Date(Date.now() + MINUTE) },
        backlog: { left: 1_234, rate: 100 },
      });
      return uri(service);
    },
  },
  {
    id: 'model-differs',
    arrange: async (service) => {
      await withGrant(service);
      await service.store.grants.collection.updateMany({}, { $set: { token_count: 7 } });
      return uri(service);
    },
  },
  {
    id: 'model-differs',
    how: 'a row was deleted',
    arrange: async (service) => {
      await withGrant(service);
      await service.store.refreshTokens.deleteMany();
      return uri(service);
    },
  },
  {
    id: 'model-differs',
    how: 'a grant was deleted',
    full: true,
    arrange: async (service) => {
      await withGrant(service);
      await service.store.grants.collection.deleteMany({ status: 'active' });
      return uri(service);
    },
  },
  {
    id: 'model-differs',
    how: 'a row was given to another person, and its writer did not say so',
    arrange: async (service) => {
      await withGrant(service);
      await service.store.refreshTokens.collection.updateMany({}, { $set: { user_id: 'another' } });
      return uri(service);
    },
  },

  {
    id: 'revocation-cut-off',
    arrange: async (service) => {
      await service.store.modelRevocations.create({
        _id: 'batch',
        revocation_id: 'revocation',
        mark: 'mark',
        hashes: [1n],
        account_ids: ['account'],
        chosen: { filter: { account_id: 'account' } },
        status: 'active',
        include_consent: false,
        at: lost(3),
        begun_at: lost(3),
        tried_at: lost(3),
        finished_at: null,
      });
      return uri(service);
    },
  },
  {
    id: 'audit-event-open',
    arrange: async (service) => {
      await service.store.auditEvents.collection.insertOne({
        _id: 'event' as never,
        at: lost(5),
        action: 'revoke',
        finished_at: null,
      });
      return uri(service);
    },
  },
];
