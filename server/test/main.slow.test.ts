import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  GRANTKEEPER,
  OwnProcess,
  type ServerProcess,
  startServer,
} from '../../scripts/processes/server-process.ts';
import { useProcesses } from '../../scripts/processes/use-processes.ts';
import { readConfig } from '../src/config.ts';
import { openOwnIssuer } from '../src/http/own-issuer.ts';
import { eventually } from './eventually.ts';
import { ACCOUNT_ADMIN, askGrants } from './processes.ts';
import { PAGE_GRANT, PAGE_GRANT_ID } from './rows.ts';

const folder = await useProcesses();

describe('npm start with a database of its own', () => {
  const env = { DATA_DIR: join(folder, 'data') };
  let server: ServerProcess;
  let token: string;
  let revokedAtFirst: number;

  const ask = (below: string, method?: string) => askGrants(server, token, below, method);
  const count = async (status: string): Promise<number> =>
    (await ask(`?status=${status}&limit=1`)).body.total_count;
  const idsOf = async (status: string): Promise<string[]> =>
    (await ask(`?status=${status}&limit=1000`)).body.grants.map(
      ({ grant_id }: { grant_id: string }) => grant_id,
    );

  beforeAll(async () => {
    server = await startServer(env);
    const { sign } = await openOwnIssuer(env.DATA_DIR, readConfig({}));
    token = await sign(ACCOUNT_ADMIN, 600);
    revokedAtFirst = await count('revoked');
  });

  test('prints curl lines for every document, and each answers', async () => {
    const [greeting] = await server.printed(/(^# .*\ncurl .*\n\n){6}/m);
    const lines = greeting.match(/^curl .*$/gm) ?? [];
    const answers = await Promise.all(
      lines.map(async (line) => JSON.parse((await new OwnProcess(['sh', '-c', line], {}).ended).stdout)),
    );
    expect(answers).toHaveLength(6);
    const [member, projectAdmin, accountAdmin, account, me, consentScopes] = answers;
    expect(member.grants).toContainEqual(
      expect.objectContaining({ grant_id: PAGE_GRANT_ID, ...PAGE_GRANT, client_name: 'Claude Code' }),
    );
    expect(projectAdmin.grants).toHaveLength(5);
    expect(accountAdmin.grants).toHaveLength(5);
    expect(projectAdmin.total_count).toBeGreaterThan(member.total_count);
    expect(accountAdmin.total_count).toBeGreaterThan(projectAdmin.total_count);
    expect(account.grants).toContainEqual(expect.objectContaining({ id: 'consent-slack' }));
    expect(me.data).toContainEqual(
      expect.objectContaining({ id: 'consent-page', client_name: 'Claude Code' }),
    );
    expect(consentScopes.resourceScopes).toHaveLength(2);
  });

  test('takes the tokens of npm run token, which prints nothing else', async () => {
    const claims = ['--user', 'admin', '--account', PAGE_GRANT.account_id, '--permission', 'account:admin'];
    const npm = new OwnProcess(['npm', 'run', '--silent', 'token', '--', ...claims], env);
    const { code, stdout } = await npm.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const answer = await askGrants(server, stdout.trim(), `/${PAGE_GRANT_ID}`);
    expect(answer).toMatchObject({ status: 200, body: PAGE_GRANT });
  });

  test('takes back for tokens of its own client, but not for those that npm run token issues to a third party', async () => {
    const statusOf = async (bearer: string) => {
      const headers = { Authorization: `Bearer ${bearer}` };
      return (await fetch(`${server.url}/v1/me/grants/none`, { method: 'DELETE', headers })).status;
    };
    expect(await statusOf(token)).toBe(404);
    const claims = ['--user', PAGE_GRANT.user_id, '--client', 'app_zapier_09'];
    const npm = new OwnProcess(['npm', 'run', '--silent', 'token', '--', ...claims], env);
    expect(await statusOf((await npm.ended).stdout.trim())).toBe(403);
  });

  test('takes the verification records of npm run token --verification', async () => {
    const scopes = ['--scope', 'urn:logto:scope:sessions', '--scope', 'profile email'];
    const claims = ['--user', PAGE_GRANT.user_id, ...scopes, '--verification'];
    const npm = new OwnProcess(['npm', 'run', '--silent', 'token', '--', ...claims], env);
    const { code, stdout } = await npm.ended;
    expect(code).toBe(0);
    const [, bearer, verificationId = ''] = /^([\w-]+\.[\w-]+\.[\w-]+)\n([\w-]{20})\n$/.exec(stdout) ?? [];
    const headers = { Authorization: `Bearer ${bearer}`, 'logto-verification-id': verificationId };
    expect((await fetch(`${server.url}/api/my-account/grants`, { headers })).status).toBe(200);
  });

  test('finishes on SIGTERM what is in flight, and takes nothing more', async () => {
    const body = JSON.stringify({ grant_ids: [PAGE_GRANT_ID], include_consent: true });
    const inFlight = request(`${server.url}/api/v1/oauth-grants/revoke`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Content-Length': body.length,
        Expect: '100-continue',
      },
    });
    inFlight.flushHeaders();
    // The server says so once it has the request; now it waits for the body.
    await once(inFlight, 'continue');
    const ended = server.stop();
    // Under npm, Ctrl-C sends a second one.
    process.kill(server.pid, 'SIGINT');
    await eventually(() =>
      expect(fetch(`${server.url}/healthz`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } }),
    );
    inFlight.end(body);
    const [response]: IncomingMessage[] = await once(inFlight, 'response');
    expect(response?.statusCode).toBe(200);
    expect(response && (await json(response))).toEqual({ revoked_tokens: 1, revoked_consents: 1 });
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('makes no verification record while it is stopped, and says what to do', async () => {
    const npm = new OwnProcess(
      ['npm', 'run', '--silent', 'token', '--', '--user', 'a', '--verification'],
      env,
    );
    expect(await npm.ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('start one first'),
    });
  });

  test('keeps its data over a restart', async () => {
    server = await startServer(env);
    expect((await ask(`/${PAGE_GRANT_ID}`)).body.status).toBe('revoked');
    expect(await count('revoked')).toBe(revokedAtFirst + 1);
  });

  test('killed while it writes, it starts again and has lost nothing that it answered', async () => {
    const all = await count('all');
    const toRevoke = await idsOf('active');
    const answered: string[] = [];
    const revokeOneByOne = async (): Promise<void> => {
      for (let id = toRevoke.pop(); id !== undefined; id = toRevoke.pop()) {
        const { status } = await ask(`/${id}`, 'DELETE');
        if (status === 200) answered.push(id);
      }
    };
    const writers = Promise.allSettled(Array.from({ length: 8 }, revokeOneByOne));
    await eventually(() => expect(answered.length).toBeGreaterThan(40));
    await server.kill();
    await writers;
    expect(toRevoke.length, 'grants that were still to be revoked').toBeGreaterThan(0);

    server = await startServer(env);
    expect(await idsOf('revoked')).toEqual(expect.arrayContaining(answered));
    expect(await count('all')).toBe(all);
  });

  test('--fresh does not touch data that another server uses', async () => {
    const second = new OwnProcess([...GRANTKEEPER, 'start', '--fresh'], { PORT: '0', ...env });
    const [outcome] = await second.printed(/waiting for another process|listening/);
    await second.kill();
    expect(outcome).toBe('waiting for another process');
  });

  test('begins anew with --fresh', async () => {
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    server = await startServer(env, '--fresh');
    expect((await ask(`/${PAGE_GRANT_ID}`)).body.status).not.toBe('revoked');
    expect(await count('revoked')).toBe(revokedAtFirst);
  });
});

describe('a configuration that is wrong', () => {
  const refusal = async (env: NodeJS.ProcessEnv) => {
    const { code, stdout, stderr } = await new OwnProcess(GRANTKEEPER, {
      DATA_DIR: join(folder, 'none'),
      ...env,
    }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };

  test('is refused with one message that names every bad variable', async () => {
    const message = await refusal({
      PORT: '99999',
      MONGODB_URI: 'localhost',
      LOG_LEVEL: 'loud',
      AUTH_JWKS_URI: 'file:///etc/passwd',
    });
    const named = message.match(/^ {2}[A-Z_]+/gm)?.map((name) => name.trim());
    expect(named?.sort()).toEqual([
      'AUTH_AUDIENCE',
      'AUTH_ISSUER',
      'AUTH_JWKS_URI',
      'LOG_LEVEL',
      'MONGODB_URI',
      'PORT',
    ]);
  });

  test('production wants a database and an issuer, and says so at once', async () => {
    const message = await refusal({ NODE_ENV: 'production' });
    for (const name of ['MONGODB_URI', 'AUTH_JWKS_URI', 'AUTH_ISSUER', 'AUTH_AUDIENCE']) {
      expect(message).toContain(`${name} must be set`);
    }
  });
});
