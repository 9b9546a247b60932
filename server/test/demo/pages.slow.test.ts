import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { ownDatabase } from '../own-database.ts';

const folder = await useProcesses();

/** Starts a server on an embedded database of its own, with what else it is told. */
function start(env: NodeJS.ProcessEnv): Promise<ServerProcess> {
  return startServer({ DATA_DIR: join(folder, randomUUID()), ...env });
}

/** A database that is not the embedded one of the server, as far as the server knows. */
const elsewhere = () => ({
  MONGODB_URI: ownDatabase(),
  AUTO_INDEX: 'false',
});

const ELSEWHERE = {
  AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'https://grants.example',
};

describe('a server that is its own issuer', () => {
  const PAGE = 'http://127.0.0.1:4173';
  let server: ServerProcess;

  beforeAll(async () => {
    server = await start({ CORS_ORIGINS: PAGE });
  });

  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
  const read = async (answer: Response) => JSON.parse(await answer.text());
  const people = async () => (await read(await ask('/app/people'))).people;
  const tokenOf = (id: string) => ask(`/app/people/${id}/token`, { method: 'POST' });

  test('says whom a visitor can be, and nothing secret of them', async () => {
    expect(await people()).toContainEqual({
      id: 'priya',
      name: 'Priya Raman',
      role: 'Project admin',
      sees: 'Every grant in one project of the account.',
      documents: ['oauth-grants', 'me-grants'],
    });
  });

  test('gives each of them a token that is good for what they may see', async () => {
    const lists = { 'oauth-grants': '/api/v1/oauth-grants', 'me-grants': '/v1/me/grants' };
    for (const { id, documents } of await people()) {
      const answer = await tokenOf(id);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const { access_token, ...rest } = await read(answer);
      expect(rest).toEqual({ token_type: 'Bearer', expires_in: 900 });
      const headers = { Authorization: `Bearer ${access_token}` };
      for (const [document, path] of Object.entries(lists)) {
        if (!documents.includes(document)) continue;
        expect((await ask(path, { headers })).status, `${id} ${document}`).toBe(200);
      }
    }
  });

  test('gives nobody else one, and none for a GET', async () => {
    const answer = await tokenOf('nobody');
    expect(answer.status).toBe(404);
    expect(await read(answer)).toMatchObject({ type: 'urn:grantkeeper:problem:not-found' });
    expect((await ask('/app/people/priya/token')).status).toBe(404);
  });

  test('lets pages of the origins that it trusts ask for one, and no others', async () => {
    const allowed = async (origin: string) => {
      const answer = await ask('/app/people/priya/token', { method: 'POST', headers: { Origin: origin } });
      return answer.headers.get('access-control-allow-origin');
    };
    expect(await allowed(PAGE)).toBe(PAGE);
    expect(await allowed('https://elsewhere.example')).toBeNull();
  });

  test('gives none to a page that has its own name lead here', async () => {
    const { port } = new URL(server.url);
    const path = '/app/people/tomas/token';
    const headers = { Host: `evil.example:${port}` };
    const status = await new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
        resolve(answer.resume().statusCode);
      });
      asked.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  test('lets its pages run no script but their own, and call nobody else', async () => {
    const policy = (await ask('/app/people')).headers.get('content-security-policy')?.split(';');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'"]),
    );
  });

  test('says at its start that anyone who opens it can be any of its people', async () => {
    await server.printed(
      /"msg":"serving the demo at \/app, \/demo-idp and \/demo-app: anyone who opens it can be any of its people, without a password/,
    );
  });
});

const withoutDemo: [title: string, env: () => NodeJS.ProcessEnv, reason: string | undefined][] = [
  ['in production', () => ({ NODE_ENV: 'production', ...elsewhere(), ...ELSEWHERE }), undefined],
  ['that trusts another issuer', () => ELSEWHERE, undefined],
  ['that others can reach', () => ({ HOST: '0.0.0.0' }), 'HOST lets others reach this server'],
  [
    'that a proxy lets others reach',
    () => ({ PUBLIC_URL: 'https://grants.example' }),
    'PUBLIC_URL is where others reach this server',
  ],
  ['on a database that MONGODB_URI names', elsewhere, 'MONGODB_URI is set'],
];

const LAZY = ['/demo-idp', '/demo-idp/.well-known/openid-configuration', '/demo-idp/jwks', '/demo-app/'];

describe.each(withoutDemo)('a server %s', (_title, env, reason) => {
  test('has no pages, no people and no tokens for anybody, and says why', { timeout: 120_000 }, async () => {
    const server = await start(env());
    const { url } = server;
    if (reason)
      await server.printed(
        new RegExp(`"msg":"no demo and no tokens at /app, /demo-idp and /demo-app: ${reason}`),
      );
    for (const path of ['/app', '/app/', '/app/people', '/app/people/tomas/token', ...LAZY]) {
      for (const method of ['GET', 'POST']) {
        expect((await fetch(`${url}${path}`, { method })).status, `${method} ${path}`).toBe(404);
      }
    }
  });
});
