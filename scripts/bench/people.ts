import { Agent, request } from 'node:http';
import autocannon from 'autocannon';
import express from 'express';
import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { createApp } from '../../server/src/app.ts';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { IdempotencyKeys } from '../../server/src/database/idempotency-keys.ts';
import type { operations } from '../../server/src/generated/me-grants.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { inBatches } from '../../server/src/grants/rows/batches.ts';
import { Admission } from '../../server/src/http/admission.ts';
import { createTokenVerifier } from '../../server/src/http/bearer.ts';
import { serveContract } from '../../server/src/http/contract.ts';
import { listen } from '../../server/src/http/listen.ts';
import { meGrants } from '../../server/src/me-grants/contract.ts';
import { signToken } from '../processes/sign-token.ts';
import { consentsByLookup } from './consents-by-lookup.ts';
import type { Load } from './service.ts';
import { inTurn, progress, round, type Times } from './timing.ts';

const PARTY = 'bench';
const LOCAL = { host: '127.0.0.1', port: 0 };
const ACCOUNT_SCOPE = 'urn:logto:scope:sessions';
const RECORD = 'verified';
const DAY = 24 * 60 * 60 * 1_000;
const BATCH = 10_000;

/** What the lists of a user with this many consents cost over HTTP: with one `$lookup` per consent, and as they are. */
export interface PersonResult {
  consents: number;
  list: Record<'lookups' | 'me' | 'account', Times>;
}

export interface PeopleResult {
  people: PersonResult[];
  /** Ten connections, for the first of the users. */
  load: Record<'lookups' | 'me' | 'account', Load>;
}

/** Measures the lists of users with different numbers of consents, in a separate database. */
export async function measurePeople(
  uri: string,
  sizes: number[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<PeopleResult> {
  const database = await connectDatabase(uri, { dbName: 'bench-people' });
  const { collections } = database;
  const clock = () => new Date();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
  const verifyToken = createTokenVerifier({ issuers: [{ issuer: PARTY, audience: PARTY, keys }], clock });
  const grantModel = new GrantModel({ collections, clock });
  const app = createApp({
    database,
    grantModel,
    verifyToken,
    stopping: new AbortController().signal,
    clock,
    log: pino({ level: 'silent' }),
    corsOrigins: [],
    names: undefined,
    proxies: 0,
    validateResponses: false,
  });
  const contract = meGrants(grantModel, undefined);
  const lookups = express().use(
    serveContract<operations>(
      { ...contract, operations: { ...contract.operations, listMeGrants: consentsByLookup(collections) } },
      {
        verifyToken,
        validateResponses: false,
        keys: new IdempotencyKeys(collections, clock),
        admission: new Admission(),
      },
    ),
  );
  const [now, before] = [await listen(app, LOCAL), await listen(lookups, LOCAL)];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    progress('people: writing their rows');
    await createIndexes(collections);
    for (const consents of sizes) await fill(grantModel, consents, clock());
    const headersOf = async (consents: number) => ({
      Authorization: `Bearer ${await signToken(privateKey, PARTY, { sub: personWith(consents), scope: ACCOUNT_SCOPE })}`,
      'logto-verification-id': `${RECORD}-${consents}`,
    });
    const urls = {
      lookups: `${before.url}/v1/me/grants`,
      me: `${now.url}/v1/me/grants`,
      account: `${now.url}/api/my-account/grants`,
    };
    const people: PersonResult[] = [];
    for (const consents of sizes) {
      progress(`people: ${consents} consents`);
      const headers = await headersOf(consents);
      const ask = (url: string) => () => get(url, headers, agent);
      // Many rounds for small lists, few enough for large ones to finish.
      const turns = Math.max(3, Math.round(rounds / Math.max(1, consents / 250)));
      const list = await inTurn(turns, {
        lookups: ask(urls.lookups),
        me: ask(urls.me),
        account: ask(urls.account),
      });
      people.push({ consents, list });
    }
    progress('people: ten connections');
    const headers = await headersOf(sizes[0] ?? 0);
    const load = async (url: string): Promise<Load> => {
      const { requests, latency } = await autocannon({ url, headers, connections: 10, duration: seconds });
      const { p50: median, p99 } = latency;
      return { connections: 10, requests_per_second: round(requests.average), median, p99 };
    };
    return {
      people,
      load: { lookups: await load(urls.lookups), me: await load(urls.me), account: await load(urls.account) },
    };
  } finally {
    agent.destroy();
    await Promise.all([now.close(), before.close()]);
    await collections.users.db.dropDatabase();
    await database.close();
  }
}

function personWith(consents: number): string {
  return `person-with-${consents}`;
}

/** Writes a user with this many consents, each for its own client and with a token that was used. */
async function fill({ store, collections }: GrantModel, count: number, now: Date): Promise<void> {
  const ago = (days: number) => new Date(now.getTime() - days * DAY);
  const user_id = personWith(count);
  const rows = Array.from({ length: count }, (_, index) => {
    const values = {
      client_id: `client-${count}-${index}`,
      user_id,
      account_id: 'account',
      project_id: `project-${index % 10}`,
      resource: `https://${index % 7}.example/`,
      scope: ['openid', 'profile', `scope-${index % 25}`],
    };
    const granted_at = ago(1 + ((index * 7_919) % 60_000) / 200);
    const consent_id = `consent-${count}-${index}`;
    return {
      consent: {
        _id: consent_id,
        ...values,
        granted_at,
        updated_at: granted_at,
        expires_at: ago(-90),
        revoked_at: null,
      },
      token: {
        _id: `token-${count}-${index}`,
        consent_id,
        ...values,
        created_at: granted_at,
        last_used_at: ago((index % 900) / 1_000),
        expires_at: ago(-30),
        revoked_at: null,
        updated_at: granted_at,
      },
      client: {
        _id: values.client_id,
        name: `App ${index}`,
        client_uri: `https://app-${index}.example`,
        logo_uri: null,
        is_first_party: index % 4 === 0,
      },
    };
  });
  for await (const some of inBatches(rows, BATCH)) {
    await store.consents.insertMany(some.map(({ consent }) => consent));
    await store.rows.insertMany(some.map(({ token }) => token));
    await store.clients.insertMany(some.map(({ client }) => client));
  }
  await collections.verificationRecords.create({
    _id: `${RECORD}-${count}`,
    user_id,
    type: 'Password',
    verified: true,
    expires_at: ago(-1),
  });
}

/** Reads a whole response over a kept-alive connection. */
function get(url: string, headers: Record<string, string>, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.on('error', reject).on('end', resolve).resume();
    });
    sent.on('error', reject).end();
  });
}
