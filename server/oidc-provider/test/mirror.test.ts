import { randomUUID } from 'node:crypto';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { some, times } from '../../test/effort.ts';
import { useService } from '../../test/service.ts';
import { mirror } from '../src/index.ts';
import { AuthorizationServer } from './authorization-server.ts';
import { change, grantsOf, raceEveryWay, waysToRevoke } from './ways.ts';

/** Another store, as small as can be: what the provider saves, by kind and id. */
const kept = new Map<string, AdapterPayload>();

function inMemory(kind: string): Adapter {
  const all = () => [...kept].filter(([key]) => key.startsWith(`${kind} `));
  const findBy = (isIt: (payload: AdapterPayload) => boolean) => all().find(([, one]) => isIt(one))?.[1];
  const key = (id: string) => `${kind} ${id}`;
  return {
    upsert: async (id, payload) => void kept.set(key(id), structuredClone(payload)),
    find: async (id) => kept.get(key(id)),
    findByUid: async (uid) => findBy((one) => one.uid === uid),
    findByUserCode: async (code) => findBy((one) => one.userCode === code),
    consume: async (id) => void Object.assign(kept.get(key(id)) ?? {}, { consumed: 1 }),
    destroy: async (id) => void kept.delete(key(id)),
    revokeByGrantId: async (grantId) => {
      for (const [id, one] of all()) if (one.grantId === grantId) kept.delete(id);
    },
  };
}

const service = useService();
const server = new AuthorizationServer(service, (options) => mirror(inMemory, options));
const ways = waysToRevoke(service);
const REFUSED = { error: 'invalid_grant' };

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  service.now = new Date();
  kept.clear();
});

const live = () => service.store.refreshTokens.countDocuments({ revoked_at: null });
const signIn = async () => (await server.signIn()).refresh_token ?? '';
const refreshed = async (token: string) => (await server.refresh(token)).refresh_token ?? '';

it('what is kept elsewhere has rows beside it, and rotates as one grant', async () => {
  const next = await refreshed(await signIn());
  expect(await grantsOf(service)).toMatchObject([{ status: 'active', token_count: 2 }]);
  expect(await server.isActive(next)).toBe(true);
  expect(await live()).toBe(1);
  expect([...kept.keys()].filter((id) => id.startsWith('RefreshToken'))).toHaveLength(2);
});

describe.each(some(ways, 3))('a grant revoked %s', (_name, revoke) => {
  it('refuses the next refresh, and its tokens are inactive', async () => {
    const { refresh_token = '', access_token } = await server.signIn();
    expect((await revoke()).status).toBeLessThan(300);
    await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
    expect(await server.isActive(refresh_token)).toBe(false);
    expect(await server.isActive(access_token)).toBe(false);
  });
});

it('a suspended grant refuses refreshes until it is restored', async () => {
  const { refresh_token = '', access_token } = await server.signIn();
  expect(await change(service, 'suspend')).toBe(200);
  await expect(server.refresh(refresh_token)).rejects.toMatchObject(REFUSED);
  expect(await server.isActive(access_token)).toBe(false);
  expect(await change(service, 'restore')).toBe(204);
  expect(await server.isActive(access_token)).toBe(true);
  await refreshed(await refreshed(refresh_token));
});

it('of refreshes that race revocations of every kind, no token survives', async () => {
  await raceEveryWay(service, server, times(1, 8));
}, 600_000);

it('a token that was rotated is refused, and ends its family after the grace', async () => {
  const first = await signIn();
  const next = await refreshed(first);
  await expect(server.refresh(first)).rejects.toMatchObject(REFUSED);
  expect(await live()).toBe(1);
  await service.store.refreshTokens.collection.updateOne(
    { revoked_reason: 'rotated' },
    { $set: { revoked_at: new Date(Date.now() - 11_000) }, $unset: { grouped: '' } },
  );
  await expect(server.refresh(first)).rejects.toMatchObject(REFUSED);
  await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
  expect(await live()).toBe(0);
});

describe('a token that was issued before there were rows', () => {
  /** As if the other store had been in use alone. */
  async function signInBefore(): Promise<string> {
    const token = await signIn();
    await service.empty();
    for (const payload of kept.values()) {
      for (const stamp of ['has_row', 'stamp']) delete payload[stamp];
    }
    return token;
  }

  it('has one once it is used', async () => {
    const next = await refreshed(await signInBefore());
    expect(await grantsOf(service)).toMatchObject([{ status: 'active', token_count: 2 }]);
    await refreshed(next);
  });

  it.each(some(ways.slice(0, 5), 2))(
    'is refused if another token of its grant was revoked %s',
    async (_name, revoke) => {
      const token = await signInBefore();
      await signIn();
      service.now = new Date(Date.now() + 1_000);
      expect((await revoke()).status).toBe(200);
      // By its time of issue, it is older than this second.
      for (const [id, payload] of kept) {
        if (!id.startsWith('RefreshToken') || payload.has_row) continue;
        payload.iat = Math.floor(Date.now() / 1_000) - 60;
      }
      await expect(server.refresh(token)).rejects.toMatchObject(REFUSED);
    },
  );

  it('has one though the first try to write it failed, and though several use it at once', async () => {
    const token = await signInBefore();
    server.perform = (command, name) =>
      name === 'refresh_tokens.insertOne' ? Promise.reject(new Error('the database is away')) : command();
    await expect(server.refresh(token)).rejects.toThrow();
    server.perform = (command) => command();
    const active = await Promise.all([1, 2, 3, 4].map(() => server.isActive(token)));
    expect(active).toEqual([true, true, true, true]);
    expect(await refreshed(token)).not.toBe('');
  });

  it('can be revoked from then on', async () => {
    const next = await refreshed(await signInBefore());
    const [[, revoke] = []] = ways;
    expect((await revoke?.())?.status).toBe(200);
    await expect(server.refresh(next)).rejects.toMatchObject(REFUSED);
  });
});

it('a token that was revoked stays dead once its row is purged', async () => {
  const { refresh_token: token = '', access_token } = await server.signIn();
  const [[, revoke] = []] = ways;
  await revoke?.();
  await service.store.refreshTokens.deleteMany({});
  expect(await server.isActive(access_token)).toBe(false);
  await expect(server.refresh(token)).rejects.toMatchObject(REFUSED);
  expect(await server.isActive(token)).toBe(false);
});

it('a token that nobody has is unknown', async () => {
  await expect(server.refresh(randomUUID())).rejects.toMatchObject(REFUSED);
});
