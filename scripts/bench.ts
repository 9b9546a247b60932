/**
 * `npm run bench`: what the service adds to the database, measured side by side in one run.
 *
 * The machine may be noisy, so the ways are taken in turn, and what counts are the ratios of their medians.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import express from 'express';
import { generateKeyPair, SignJWT } from 'jose';
import { pino } from 'pino';
import { createApp } from '../server/src/app.ts';
import { createIndexes } from '../server/src/database/collections.ts';
import { connectDatabase } from '../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../server/src/database/embedded/start.ts';
import { listGrants } from '../server/src/grants/listing.ts';
import { GrantModel } from '../server/src/grants/model/model.ts';
import { createTokenVerifier } from '../server/src/http/bearer.ts';
import { listen } from '../server/src/http/listen.ts';

const PEOPLE = 2_000;
const GRANTS_EACH = 5;
const ROWS_EACH = 5;
const ROUNDS = 200;
const account_id = 'account';

const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }) });
const database = await connectDatabase(new URL('bench', mongo.uri).href);
const { refreshTokens } = database.collections;
await createIndexes(database.collections);
await fill();

const clock = () => new Date();
const grantModel = new GrantModel({ collections: database.collections, clock });
await grantModel.build();
const { privateKey, publicKey } = await generateKeyPair('ES256');
const app = createApp({
  database,
  verifyToken: createTokenVerifier({
    issuer: 'bench',
    audience: 'bench',
    keys: async () => publicKey,
    clock,
  }),
  grantModel,
  stopping: new AbortController().signal,
  log: pino({ level: 'silent' }),
  corsOrigins: [],
  validateResponses: false,
});
const service = await listen(app, { host: '127.0.0.1', port: 0 });
const bare = await listen(
  express().get('/', (_req, res) => {
    res.json({ ok: true });
  }),
  { host: '127.0.0.1', port: 0 },
);

const filter = { account_id, user_id: 'person-7' };
const listing = {
  filter,
  status: 'all',
  sort_by: 'granted_at',
  sort_order: 'desc',
  limit: 100,
  offset: 0,
} as const;
const token = await new SignJWT({ account_id, permissions: ['account:member'] })
  .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
  .setIssuer('bench')
  .setAudience('bench')
  .setSubject(filter.user_id)
  .setExpirationTime('1h')
  .sign(privateKey);
const get = async (url: string) =>
  (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).json();

const ways: Record<string, () => Promise<unknown>> = {
  'a bare Express answer': () => get(bare.url),
  "the driver, one person's rows": () => refreshTokens.find(filter).lean(),
  "one person's grants, in process": () => listGrants(grantModel, listing),
  "one person's grants, over HTTP": () => get(`${service.url}/api/v1/oauth-grants?status=all`),
};
report(await measure());
await Promise.all([service.close(), bare.close()]);
await database.close();
await mongo.stop();

async function fill(): Promise<void> {
  const date = new Date('2026-01-01T00:00:00.000Z');
  for (let person = 0; person < PEOPLE; person += 1) {
    const rows = Array.from({ length: GRANTS_EACH * ROWS_EACH }, (_, index) => ({
      _id: randomUUID(),
      client_id: `client-${index % GRANTS_EACH}`,
      user_id: `person-${person}`,
      account_id,
      project_id: 'project',
      resource: 'https://api.example/',
      scope: ['openid', 'profile'],
      created_at: date,
      updated_at: date,
    }));
    await refreshTokens.collection.insertMany(rows as never[]);
  }
}

async function measure(): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = -10; round < ROUNDS; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      await way();
      // The first rounds warm things up.
      if (round >= 0) times.get(name)?.push(performance.now() - start);
    }
  }
  return times;
}

function report(times: Map<string, number[]>): void {
  console.log(
    `${PEOPLE * GRANTS_EACH * ROWS_EACH} rows, ${PEOPLE * GRANTS_EACH} grants, ${ROUNDS} rounds; ${mongo.engine}`,
  );
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const base = median(times.get("the driver, one person's rows") ?? []);
  for (const [name, values] of times) {
    const at = median(values);
    console.log(
      `${name.padEnd(34)} ${at.toFixed(2).padStart(7)} ms  ${(at / base).toFixed(1).padStart(5)} x the driver`,
    );
  }
}
