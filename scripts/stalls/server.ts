/**
 * The service as in production, in its own process, for scripts/stalls/main.ts. Prints its address and a token; `/stall` on
 * a second port returns how long its event loop was held since the last request there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { createApp } from '../../server/src/app.ts';
import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { startEmbeddedMongo } from '../../server/src/database/embedded/start.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { createTokenVerifier } from '../../server/src/http/bearer.ts';
import { listen } from '../../server/src/http/listen.ts';
import { signToken } from '../processes/sign-token.ts';
import { longestStall } from './event-loop.ts';
import { ACCOUNT, fillStore } from './store.ts';

const PARTY = 'stalls';
const LOCAL = { host: '127.0.0.1', port: 0 };

const mongo = await startEmbeddedMongo({ log: pino({ level: 'warn' }, pino.destination(2)) });
const database = await connectDatabase(`${mongo.uri}stalls`);
await createIndexes(database.collections);
const clock = () => new Date();
const grantModel = new GrantModel({ collections: database.collections, clock });
await fillStore(grantModel.store);
await grantModel.refreshWhole();

const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
const app = createApp({
  database,
  grantModel,
  verifyToken: createTokenVerifier({ issuers: [{ issuer: PARTY, audience: PARTY, keys }], clock }),
  stopping: new AbortController().signal,
  clock,
  // Log lines are written, as in production, and discarded.
  log: pino({ level: 'info' }, { write: () => {} }),
  corsOrigins: ['https://app.example'],
  names: undefined,
  proxies: 1,
  validateResponses: false,
});
const server = await listen(app, LOCAL);

const takeStall = longestStall();
const control = createServer((_req, res) => res.end(String(takeStall()))).listen(0, LOCAL.host, async () => {
  const token = await signToken(privateKey, PARTY, {
    sub: 'admin',
    account_id: ACCOUNT,
    permissions: ['account:admin'],
    scope: 'all urn:logto:scope:sessions',
  });
  const { port } = control.address() as AddressInfo;
  console.log(JSON.stringify({ url: server.url, control: `http://${LOCAL.host}:${port}`, token }));
});

process.once('SIGTERM', async () => {
  await server.close();
  control.close();
  control.closeAllConnections();
  await database.close();
  await mongo.stop();
  process.exit();
});
