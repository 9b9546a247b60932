import autocannon from 'autocannon';
import express from 'express';
import { createLocalJWKSet, exportJWK, generateKeyPair } from 'jose';
import { pino } from 'pino';
import { createApp } from '../../server/src/app.ts';
import type { Database } from '../../server/src/database/connect.ts';
import type { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { createTokenVerifier } from '../../server/src/http/bearer.ts';
import { listen } from '../../server/src/http/listen.ts';
import { signToken } from '../processes/sign-token.ts';
import { ACCOUNT } from './rows.ts';
import { round } from './timing.ts';
import { driverPage } from './ways.ts';

const LOCAL = { host: '127.0.0.1', port: 0 };
const PARTY = 'bench';

/**
 * The service over HTTP, configured as for production, and beside it two handlers of bare Express: one does nothing;
 * the other is the line to beat, the driver's own `find` of the same page and nothing else.
 */
export interface Served {
  list: () => Promise<unknown>;
  /** Finds people and apps by what an admin types. */
  search: (query: string) => Promise<unknown>;
  revoke: (body: object) => Promise<unknown>;
  bare: () => Promise<unknown>;
  found: () => Promise<unknown>;
  /** Sends requests over this many connections at once, for some seconds. */
  load: (what: Loaded, connections: number, seconds: number) => Promise<Load>;
  close: () => Promise<unknown>;
}

export const LOADED = ['bare', 'found', 'list'] as const;
type Loaded = (typeof LOADED)[number];

export interface Load {
  connections: number;
  requests_per_second: number;
  median: number;
  p99: number;
}

export async function serve(database: Database, grantModel: GrantModel): Promise<Served> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
  const { clock } = grantModel;
  const app = createApp({
    database,
    grantModel,
    verifyToken: createTokenVerifier({ issuers: [{ issuer: PARTY, audience: PARTY, keys }], clock }),
    stopping: new AbortController().signal,
    clock,
    log: pino({ level: 'silent' }),
    corsOrigins: [],
    names: undefined,
    proxies: 0,
    validateResponses: false,
  });
  const service = await listen(app, LOCAL);
  const bareApp = express()
    .get('/', (_req, res) => {
      res.json({ ok: true });
    })
    .get('/found', async (_req, res) => {
      res.json(await driverPage(grantModel));
    });
  const bare = await listen(bareApp, LOCAL);
  const token = await signToken(privateKey, PARTY, {
    sub: 'admin',
    account_id: ACCOUNT,
    permissions: ['account:admin'],
  });
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const url = `${service.url}/api/v1/oauth-grants`;
  // As a client starts a list that it reads to the end: the cursor is part of the work.
  const firstPage = `${url}?cursor=first`;
  const post = (path: string, body: object) =>
    answer(fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
  return {
    list: () => answer(fetch(firstPage, { headers })),
    search: (query) => post('search', { query }),
    revoke: (body) => post('revoke', body),
    bare: () => answer(fetch(bare.url)),
    found: () => answer(fetch(`${bare.url}/found`)),
    load: async (what, connections, seconds) => {
      const urls = { list: firstPage, bare: bare.url, found: `${bare.url}/found` };
      const target = { url: urls[what], headers };
      const { requests, latency } = await autocannon({ ...target, connections, duration: seconds });
      const { p50: median, p99 } = latency;
      return { connections, requests_per_second: round(requests.average), median, p99 };
    },
    close: () => Promise.all([service.close(), bare.close()]),
  };
}

async function answer(response: Promise<Response>): Promise<unknown> {
  const { ok, status, json } = await response.then(async (got) => ({
    ok: got.ok,
    status: got.status,
    json: await got.json(),
  }));
  if (!ok) throw new Error(`answered ${status}: ${JSON.stringify(json)}`);
  return json;
}
