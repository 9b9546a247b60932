import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  GRANTKEEPER,
  OwnProcess,
  type ServerProcess,
  startServer,
} from '../../scripts/processes/server-process.ts';
import { useProcesses } from '../../scripts/processes/use-processes.ts';
import { type Listening, listen } from '../src/http/listen.ts';
import { eventually, PATIENCE } from './eventually.ts';
import { ACCOUNT_ADMIN, askGrants } from './processes.ts';
import { PAGE_GRANT } from './rows.ts';

const AUTH = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'https://grants.example' };
const folder = await useProcesses();

describe('two servers on one MongoDB, with the tokens of another issuer', () => {
  let issuer: Listening;
  let env: NodeJS.ProcessEnv;
  let client: mongo.MongoClient;
  let servers: [ServerProcess, ServerProcess];
  let token: string;

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] });
    issuer = await listen((_req, res) => res.end(keys), { host: '127.0.0.1', port: 0 });
    token = await new SignJWT(ACCOUNT_ADMIN)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one' })
      .setIssuer(AUTH.AUTH_ISSUER)
      .setAudience(AUTH.AUTH_AUDIENCE)
      .setExpirationTime('10 minutes')
      .sign(privateKey);

    const options = ['--port', '0', '--dbpath', join(folder, 'shared')];
    const mongod = new OwnProcess([...GRANTKEEPER, 'mongod', ...options], {});
    const [, address] = await mongod.printed(/waiting for connections on (\S+)/);
    const uri = `mongodb://${address}/shared`;
    client = await new mongo.MongoClient(uri).connect();
    const limits = { RATE_LIMITS: 'unauthorized=999999/3600' };
    const keysAt = { AUTH_JWKS_URI: `${issuer.url}/jwks` };
    env = { MONGODB_URI: uri, AUTO_INDEX: 'false', ...keysAt, ...AUTH, ...limits };
    servers = await Promise.all([startServer(env), startServer(env)]);
  });

  afterAll(async () => {
    await client.close();
    await issuer.close();
  });

  /** Writes rows as a program does that knows nothing of us but the names of the store. */
  const write = (collection: string, ...rows: ({ _id: string } & Record<string, unknown>)[]) =>
    client.db().collection<{ _id: string }>(collection).insertMany(rows);
  const day = (date: number) => new Date(Date.UTC(2026, 3, date));

  test('with AUTO_INDEX=false, only npm run indexes creates the indexes', async () => {
    const rows = client.db().collection<{ _id: string }>('refresh_tokens');
    await write('refresh_tokens', { _id: 'makes the collection' });
    await rows.deleteMany({});
    expect(await rows.indexes()).toHaveLength(1);
    const { code, stdout } = await new OwnProcess([...GRANTKEEPER, 'indexes'], env).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'shared has every declared index\n' });
    expect((await rows.indexes()).length).toBeGreaterThan(1);
  });

  test('rows that another program wrote appear as grants', async () => {
    const values = { ...PAGE_GRANT, scope: ['openid', 'mcp', 'openid'] };
    const rotated = { last_used_at: day(3), expires_at: day(30), revoked_at: day(3), updated_at: day(3) };
    const endless = { last_used_at: null, expires_at: null, revoked_at: null, updated_at: day(3) };
    const lent = { ...values, client_id: 'https://app.example/client.json', user_id: 'nobody-we-know' };
    const client = { name: 'Claude Code', client_uri: null, logo_uri: null, is_first_party: false };
    const consent = { ...values, granted_at: day(1), updated_at: day(1), expires_at: null, revoked_at: null };
    await write('oauth_clients', { _id: values.client_id, ...client });
    await write('users', { _id: values.user_id, name: 'Michael Vachette' });
    await write('consents', { _id: 'consent-1', ...consent });
    await write(
      'refresh_tokens',
      { _id: 'token-1', consent_id: 'consent-1', ...values, created_at: day(2), ...rotated },
      { _id: 'token-2', consent_id: 'consent-1', ...values, created_at: day(3), ...endless },
      // What may be missing is missing.
      { _id: 'token-3', ...lent, created_at: day(4), expires_at: day(5), updated_at: day(4) },
    );

    const { status, body } = await askGrants(servers[0], token, '?status=all');
    expect(status).toBe(200);
    expect(body).toEqual({
      grants: [
        {
          ...lent,
          grant_id: expect.stringMatching(/^[\w-]+$/),
          client_name: lent.client_id,
          scope: ['mcp', 'openid'],
          status: 'expired',
          token_count: 1,
          granted_at: '2026-04-04T00:00:00.000Z',
          created_at: '2026-04-04T00:00:00.000Z',
          expires_at: '2026-04-05T00:00:00.000Z',
        },
        {
          ...values,
          grant_id: expect.stringMatching(/^[\w-]+$/),
          client_name: 'Claude Code',
          user_name: 'Michael Vachette',
          scope: ['mcp', 'openid'],
          status: 'active',
          token_count: 2,
          granted_at: '2026-04-01T00:00:00.000Z',
          created_at: '2026-04-02T00:00:00.000Z',
          last_used_at: '2026-04-03T00:00:00.000Z',
        },
      ],
      total_count: 2,
      limit: 100,
      offset: 0,
    });
  });

  test('what one revokes, the other shows', async () => {
    const [one, other] = servers;
    const { grants } = (await askGrants(one, token, '?status=all')).body;
    for (const [{ grant_id }, revoking, showing] of [
      [grants[0], one, other],
      [grants[1], other, one],
    ]) {
      const revoked = await askGrants(revoking, token, `/${grant_id}`, 'DELETE');
      expect(revoked.body).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
      expect((await askGrants(showing, token, `/${grant_id}`)).body.status).toBe('revoked');
      expect((await askGrants(showing, token, '?status=revoked')).body.grants).toContainEqual(
        expect.objectContaining({ grant_id }),
      );
    }
  });

  test(
    'requests to one count for the rate limit of the other, too',
    async () => {
      const [one, other] = servers;
      const askWithoutToken = (server: ServerProcess) => askGrants(server, 'none');
      let asked = 0;
      await eventually(async () => {
        await askWithoutToken(one);
        await askWithoutToken(one);
        const { headers } = await askWithoutToken(other);
        asked += 1;
        const left = Number(/;r=(\d+);/.exec(headers.get('ratelimit') ?? '')?.[1]);
        expect(left).toBeLessThan(999_999 - asked);
      });
    },
    PATIENCE,
  );

  test('both stop in order', async () => {
    const endings = await Promise.all(servers.map((server) => server.stop()));
    for (const ending of endings) expect(ending).toMatchObject({ code: 0, stderr: '' });
  });
});
