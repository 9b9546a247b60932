import { beforeEach, describe, expect, it } from 'vitest';
import { finishEvents } from '../../src/grants/audit/finish.ts';
import { show } from '../../test/commands.ts';
import { some, times } from '../../test/effort.ts';
import { useService } from '../../test/service.ts';
import { CLIENT, PERSON, RESOURCE, useAuthorizationServer } from './authorization-server.ts';
import { admin, change, grantsOf, person, raceEveryWay, waysToRevoke } from './ways.ts';

/** How many races of each way to revoke. */
const RACES = Number(process.env.RACES ?? times(1, 15));
/** Something happens before every third command of a refresh, or before each. */
const STEP = times(5, 1);
const service = useService();
const server = useAuthorizationServer(service);
beforeEach(() => {
  service.now = new Date();
});

const grants = () => grantsOf(service);
const live = () => service.store.refreshTokens.countDocuments({ revoked_at: null });

/** The audit events, once Grantkeeper has finished those of the provider. */
async function events() {
  await finishEvents(service.model);
  return (await service.ask('GET', '/api/v1/oauth-grants/audit-events', { as: admin })).body.events;
}

/** Signs in, and gives what is needed to refresh. */
async function signIn() {
  const { refresh_token = '', access_token } = await server.signIn();
  return { refresh_token, access_token };
}

async function refreshed(token: string): Promise<string> {
  return (await server.refresh(token)).refresh_token ?? '';
}

const REFUSED = { error: 'invalid_grant' };

it('a sign-in is one grant in OAuth Grants, and a consent in Me grants', async () => {
  const { refresh_token, access_token } = await signIn();
  expect(await server.isActive(refresh_token)).toBe(true);
  expect(await server.isActive(access_token)).toBe(true);
  expect(await grants()).toMatchObject([
    {
      client_id: CLIENT,
      client_name: 'Claude Code',
      user_id: PERSON,
      resource: RESOURCE,
      scope: ['mcp', 'offline_access', 'openid'],
      status: 'active',
      token_count: 1,
    },
  ]);
  const { body } = await service.ask('GET', '/v1/me/grants', { as: person });
  expect(body.data).toHaveLength(1);
});

it('a rotation keeps the grant and raises its count; no value of a token is stored', async () => {
  const { refresh_token } = await signIn();
  const [before] = await grants();
  const next = await refreshed(refresh_token);
  expect(next).not.toBe(refresh_token);
  const [after] = await grants();
  expect(after).toMatchObject({ grant_id: before.grant_id, status: 'active', token_count: 2 });
  expect(await live()).toBe(1);
  const stored = show(await service.store.refreshTokens.find().lean());
  expect(stored).not.toContain(refresh_token);
  expect(stored).not.toContain(next);
});

const ways = waysToRevoke(service);

describe.each(ways)('a grant revoked %s', (_name, revoke) => {
  it('refuses the next refresh, and its tokens are inactive', async () => {
    const { refresh_token, access_token } = await signIn();
    const next = await refreshed(refresh_token);
    expect((await revoke()).status).toBeLessThan(300);
    await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
    expect(await server.isActive(next)).toBe(false);
    expect(await server.isActive(access_token)).toBe(false);
    expect(await live()).toBe(0);
    expect(await grants()).toMatchObject([{ status: 'revoked', token_count: 2 }]);
  });
});

describe('a suspended grant', () => {
  it('refuses refreshes and has no active tokens, until it is restored', async () => {
    const { refresh_token, access_token } = await signIn();
    expect(await change(service, 'suspend')).toBe(200);
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    expect(await server.isActive(refresh_token)).toBe(false);
    expect(await server.isActive(access_token)).toBe(false);
    expect(await grants()).toMatchObject([{ status: 'active', token_count: 1 }]);
    expect(await change(service, 'restore')).toBe(204);
    expect(await server.isActive(access_token)).toBe(true);
    await refreshed(await refreshed(refresh_token));
    expect(await live()).toBe(1);
  });

  it('issues no token to whoever signs in again, until it is restored', async () => {
    await signIn();
    await change(service, 'suspend');
    await expect(signIn()).rejects.toMatchObject(REFUSED);
    expect(await live()).toBe(1);
    await change(service, 'restore');
    await signIn();
  });

  it('loses no token to a suspension before any command of a refresh', async () => {
    for (let at = 0; ; at += STEP) {
      await service.empty();
      const { refresh_token } = await signIn();
      await grants();
      let commands = 0;
      server.perform = async (command) => {
        commands += 1;
        if (commands - 1 === at) expect(await change(service, 'suspend')).toBe(200);
        return command();
      };
      const next = await refreshed(refresh_token).catch(() => undefined);
      server.perform = (command) => command();
      if (commands <= at) {
        expect(at, 'commands of a refresh').toBeGreaterThan(8);
        return;
      }
      const kept = next ?? refresh_token;
      await expect(server.refresh(kept), `suspended before command ${at}`).rejects.toMatchObject(REFUSED);
      await change(service, 'restore');
      await refreshed(kept);
      expect(await live(), `suspended before command ${at}`).toBe(1);
    }
  }, 60_000);

  it('keeps out a token that was sent twice, once it is restored, too', async () => {
    const { refresh_token } = await signIn();
    const next = await refreshed(refresh_token);
    await service.store.refreshTokens.collection.updateOne(
      { revoked_reason: 'rotated' },
      { $set: { revoked_at: new Date(Date.now() - 11_000) }, $unset: { grouped: '' } },
    );
    await change(service, 'suspend');
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    await change(service, 'restore');
    await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
    expect(await live()).toBe(0);
  });

  it('can be revoked by its app', async () => {
    const { refresh_token } = await signIn();
    await change(service, 'suspend');
    await server.revoke(refresh_token);
    expect(await live()).toBe(0);
  });

  it.each(ways)('revoked %s stays dead', async (_name, revoke) => {
    const { refresh_token, access_token } = await signIn();
    await change(service, 'suspend');
    expect((await revoke()).status).toBeLessThan(300);
    expect(await change(service, 'restore')).toBe(409);
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    expect(await server.isActive(access_token)).toBe(false);
    expect(await live()).toBe(0);
  });
});

describe('a refresh token that is sent twice', () => {
  it('is refused, and within the grace its family goes on', async () => {
    const { refresh_token } = await signIn();
    const next = await refreshed(refresh_token);
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    await refreshed(next);
    expect(await live()).toBe(1);
  });

  it('at the same time gives one new token', async () => {
    const { refresh_token } = await signIn();
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => refreshed(refresh_token)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await live()).toBe(1);
  });

  it('after the grace ends its family, with its reason', async () => {
    const { refresh_token } = await signIn();
    const next = await refreshed(refresh_token);
    await service.store.refreshTokens.collection.updateOne(
      { revoked_reason: 'rotated' },
      { $set: { revoked_at: new Date(Date.now() - 11_000) }, $unset: { grouped: '' } },
    );
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
    expect(await live()).toBe(0);
    expect(await service.store.refreshTokens.collection.countDocuments({ revoked_reason: 'reuse' })).toBe(1);
    expect(await events()).toMatchObject([
      { reason: 'reuse', operation: 'token', by: { client_id: CLIENT }, grants: 1, revoked_tokens: 1 },
    ]);
  });
});

it('a token that its app revokes is one event, and a sign-in and its refreshes are none', async () => {
  const { refresh_token } = await signIn();
  const next = await refreshed(refresh_token);
  expect(await events()).toEqual([]);
  await server.revoke(next);
  const [event, ...others] = await events();
  expect(others).toEqual([]);
  expect(event).toMatchObject({ reason: 'requested', operation: 'revocation', revoked_tokens: 1 });
  expect(event).not.toHaveProperty('interrupted');
});

describe.each(some(ways, 2))('a grant revoked %s', (_name, revoke) => {
  it('before any command of a refresh leaves no token alive', async () => {
    for (let at = 0; ; at += STEP) {
      await service.empty();
      const { refresh_token } = await signIn();
      await grants();
      let commands = 0;
      server.perform = async (command) => {
        commands += 1;
        if (commands - 1 === at) expect((await revoke()).status).toBeLessThan(300);
        return command();
      };
      const next = await refreshed(refresh_token).catch(() => undefined);
      server.perform = (command) => command();
      if (commands <= at) {
        expect(at, 'commands of a refresh').toBeGreaterThan(8);
        return;
      }
      expect(await live(), `revoked before command ${at}`).toBe(0);
      expect(await grants()).toMatchObject([{ status: 'revoked' }]);
      if (next) await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
    }
  }, 60_000);
});

it('a token that dies with its session lives on when the same browser signs in again', async () => {
  const browser = { scope: 'openid mcp', cookies: new Map<string, string>() };
  const { refresh_token = '' } = await server.signIn(browser);
  await server.signIn(browser);
  expect(await service.store.refreshTokens.collection.countDocuments({ revoked_reason: 'logout' })).toBe(0);
  expect(await refreshed(refresh_token)).not.toBe('');
});

it('a code, and an opaque access token, are dead once their grant is revoked, and a new sign-in works', async () => {
  const browser = { cookies: new Map<string, string>() };
  const first = await server.signIn(browser);
  const exchange = await server.authorize(browser);
  const [{ grant_id }] = await grants();
  await service.ask('DELETE', `/api/v1/oauth-grants/${grant_id}`, { as: admin });
  expect(await server.isActive(first.access_token)).toBe(false);
  await expect(exchange()).rejects.toMatchObject(REFUSED);
  const { refresh_token = '', access_token } = await server.signIn(browser);
  expect(await server.isActive(access_token)).toBe(true);
  expect(await refreshed(refresh_token)).not.toBe('');
});

it('a client that is known by its metadata document is shown by its address, and kept as it was at consent', async () => {
  const client_id = 'https://agent.example/client.json';
  const metadata = {
    client_id,
    client_name: 'Agent',
    redirect_uris: ['http://127.0.0.1:9/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    scope: 'openid offline_access mcp',
  };
  server.documents.set(client_id, metadata);
  const { refresh_token } = await server.signIn({ as: server.publicClient(client_id) });
  expect(refresh_token).toBeDefined();
  expect(await grants()).toMatchObject([{ client_id, client_name: client_id, status: 'active' }]);
  const [consent] = await service.store.consents.find().lean();
  expect(consent).toMatchObject({
    client: {
      name: 'Agent',
      redirect_uris: metadata.redirect_uris,
      digest: expect.stringMatching(/^[\w-]{43}$/),
    },
  });
});

it('a token that was just rotated, revoked by its app, ends its family', async () => {
  const { refresh_token } = await signIn();
  const next = await refreshed(refresh_token);
  await server.revoke(refresh_token);
  await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
  expect(await live()).toBe(0);
});

it('of refreshes that race revocations of every kind, no token survives', async () => {
  await raceEveryWay(service, server, RACES);
}, 600_000);
