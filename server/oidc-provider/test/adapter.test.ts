import { MongoClient } from 'mongodb';
import type { Adapter } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finishEvents } from '../../src/grants/audit/finish.ts';
import { PAGE_GRANT } from '../../test/rows.ts';
import { useService } from '../../test/service.ts';
import { createAdapter, type GrantkeeperStore } from '../src/index.ts';

const service = useService();
const seconds = () => Math.floor(service.now.getTime() / 1_000);
let mongo: MongoClient;
let store: GrantkeeperStore;
let of: (kind: string) => Adapter;

beforeAll(async () => {
  mongo = await new MongoClient(service.uri).connect();
  const { account_id, project_id, resource } = PAGE_GRANT;
  const place = ({ resources: [first = resource] }: { resources: string[] }) => ({
    account_id,
    project_id,
    resource: first,
  });
  store = createAdapter({ db: mongo.db(), place, clock: () => service.now });
  await store.createIndexes();
  of = store.adapter;
});
beforeEach(async () => {
  await mongo.db().collection('oidc_device_code').deleteMany({});
});
afterAll(() => mongo.close());

const grant = (values = {}) => ({
  accountId: 'ann',
  clientId: 'app',
  openid: { scope: 'openid' },
  resources: { 'https://mcp.example/': 'mcp' },
  exp: seconds() + 60,
  ...values,
});
const token = (values = {}) => ({
  accountId: 'ann',
  clientId: 'app',
  grantId: 'g',
  scope: 'openid mcp openid',
  exp: seconds() + 60,
  jti: 'secret',
  kind: 'RefreshToken',
  ...values,
});

describe('a grant', () => {
  it('is a consent, and is widened in place', async () => {
    await of('Grant').upsert('g', grant());
    const [before] = await service.store.consents.find().lean();
    expect(before).toMatchObject({ _id: 'g', user_id: 'ann', scope: ['mcp', 'openid'], revoked_at: null });
    service.now = new Date(service.now.getTime() + 1_000);
    await of('Grant').upsert('g', grant({ openid: { scope: 'openid email' } }));
    const [after] = await service.store.consents.find().lean();
    expect(after).toMatchObject({ scope: ['email', 'mcp', 'openid'], granted_at: before?.granted_at });
    expect(await of('Grant').find('g')).toMatchObject({ jti: 'g', accountId: 'ann' });
  });

  it('is a consent for several resources where it has several', async () => {
    const resources = { 'https://mcp.example/': 'mcp', 'https://api.example/': 'read' };
    await of('Grant').upsert('g', grant({ resources }));
    const [row] = await service.store.consents.find().lean();
    expect(row?.resource).toEqual(Object.keys(resources));
  });

  it('that was revoked is not found, and cannot be written again', async () => {
    await of('Grant').upsert('g', grant());
    await of('RefreshToken').upsert('secret', token());
    await of('Grant').destroy('g');
    expect(await of('Grant').find('g')).toBeUndefined();
    expect(await of('RefreshToken').find('secret')).toBeUndefined();
    await expect(of('Grant').upsert('g', grant())).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(0);
  });
});

describe('a refresh token', () => {
  it('is a row under its hash, and is found as it was, with its value', async () => {
    await of('Grant').upsert('g', grant());
    await of('RefreshToken').upsert('secret', token());
    const [row] = await service.store.refreshTokens.find().lean();
    expect(row).toMatchObject({ consent_id: 'g', scope: ['mcp', 'openid'], revoked_at: null });
    expect(row?._id).not.toContain('secret');
    expect(await of('RefreshToken').find('secret')).toEqual(token());
    expect(await of('RefreshToken').find('other')).toBeUndefined();
  });

  it('that is saved again stays one row', async () => {
    await of('Grant').upsert('g', grant());
    await of('RefreshToken').upsert('secret', token());
    await of('RefreshToken').upsert('secret', token({ exp: seconds() + 90 }));
    expect(await service.store.refreshTokens.countDocuments()).toBe(1);
    expect(await of('RefreshToken').find('secret')).toMatchObject({ exp: seconds() + 90 });
  });

  it('that was consumed is unknown within the grace, then says that it was consumed', async () => {
    await of('Grant').upsert('g', grant());
    await of('RefreshToken').upsert('secret', token());
    await of('RefreshToken').consume('secret');
    const consumed = seconds();
    expect(await of('RefreshToken').find('secret')).toBeUndefined();
    service.now = new Date(service.now.getTime() + 10_001);
    expect(await of('RefreshToken').find('secret')).toMatchObject({ consumed });
  });

  it('that was destroyed is unknown for ever', async () => {
    await of('Grant').upsert('g', grant());
    await of('RefreshToken').upsert('secret', token());
    await of('RefreshToken').destroy('secret');
    service.now = new Date(service.now.getTime() + 20_000);
    expect(await of('RefreshToken').find('secret')).toBeUndefined();
    expect(await service.store.refreshTokens.countDocuments()).toBe(1);
  });

  it('is not issued without a consent that stands', async () => {
    await expect(of('RefreshToken').upsert('secret', token())).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
  });

  it('expires with its session where it dies with it, also when the session goes on', async () => {
    await of('Grant').upsert('g', grant());
    await of('Session').upsert('s', { uid: 'u', exp: seconds() + 30 }, 30);
    await of('RefreshToken').upsert('secret', token({ sessionUid: 'u', expiresWithSession: true }));
    const [row] = await service.store.refreshTokens.find().lean();
    expect(row?.expires_at).toEqual(new Date((seconds() + 30) * 1_000));
    await of('Session').upsert('s', { uid: 'u', exp: seconds() + 50 }, 50);
    const [later] = await service.store.refreshTokens.find().lean();
    expect(later?.expires_at).toEqual(new Date((seconds() + 50) * 1_000));
    await of('Session').destroy('s');
    expect(await of('RefreshToken').find('secret')).toBeUndefined();
    expect(await service.store.refreshTokens.collection.findOne()).toMatchObject({
      revoked_reason: 'logout',
    });
    await of('Session').destroy('s');
    await finishEvents(service.model);
    expect(await service.store.auditEvents.find().lean()).toMatchObject([
      { reason: 'logout', grants: 1, revoked_tokens: 1, revoked_consents: 0 },
    ]);
  });
});

it('revokes the tokens of one grant, and never those of all', async () => {
  await of('Grant').upsert('g', grant());
  await of('Grant').upsert('h', grant());
  await of('RefreshToken').upsert('one', token());
  await of('RefreshToken').upsert('other', token({ grantId: 'h' }));
  await of('RefreshToken').revokeByGrantId('g');
  expect(await of('RefreshToken').find('one')).toBeUndefined();
  expect(await of('RefreshToken').find('other')).toBeDefined();
  for (const kind of ['RefreshToken', 'Grant', 'AccessToken']) {
    for (const id of [undefined, '']) {
      await expect(of(kind).revokeByGrantId(id as string), `${kind} ${id}`).rejects.toThrow(TypeError);
    }
  }
  expect(await of('RefreshToken').find('other')).toBeDefined();
});

describe('what has a collection of its own', () => {
  it.each(['Session', 'AccessToken', 'AuthorizationCode', 'DeviceCode', 'Interaction'])(
    '%s is found by its id, its uid and its user code, and consumed once',
    async (kind) => {
      await of(kind).upsert('id', { uid: 'u', userCode: 'c', exp: seconds() + 60, jti: 'id' }, 60);
      expect(await of(kind).find('id')).toMatchObject({ uid: 'u', jti: 'id' });
      expect(await of(kind).findByUid('u')).toMatchObject({ uid: 'u' });
      expect(await of(kind).findByUserCode('c')).toMatchObject({ uid: 'u' });
      await of(kind).consume('id');
      expect(await of(kind).find('id')).toMatchObject({ consumed: seconds() });
      await expect(of(kind).consume('id')).rejects.toMatchObject({ error: 'invalid_grant' });
      await of(kind).destroy('id');
      expect(await of(kind).findByUid('u')).toBeUndefined();
    },
  );

  it('a device code that was found by its user code is saved under its own id', async () => {
    await of('DeviceCode').upsert('id', { userCode: 'c', exp: seconds() + 60, jti: 'id' }, 60);
    const found = await of('DeviceCode').findByUserCode('c');
    expect(found).toMatchObject({ jti: 'id' });
    await of('DeviceCode').upsert(`${found?.jti}`, { ...found, inFlight: true }, 60);
    expect(await of('DeviceCode').find('id')).toMatchObject({ inFlight: true });
    expect(await mongo.db().collection('oidc_device_code').countDocuments()).toBe(1);
  });

  it('is absent where it was undefined, at any depth', async () => {
    await of('Interaction').upsert('id', { result: { login: { accountId: 'ann', acr: undefined } } }, 60);
    expect(await of('Interaction').find('id')).toEqual({
      jti: 'id',
      result: { login: { accountId: 'ann' } },
    });
  });

  it('a sign-in goes on without the grant that was revoked', async () => {
    await of('Grant').upsert('g', grant());
    await of('Interaction').upsert('id', { grantId: 'g', exp: seconds() + 60 }, 60);
    await of('Grant').destroy('g');
    expect(await of('Interaction').find('id')).toEqual({ jti: 'id', exp: seconds() + 60 });
  });

  it('ends with its consent', async () => {
    await of('Grant').upsert('g', grant());
    await of('AccessToken').upsert('id', { grantId: 'g', exp: seconds() + 60 }, 60);
    expect(await of('AccessToken').find('id')).toBeDefined();
    await service.store.consents.updateOne({}, { $set: { revoked_at: service.now } });
    expect(await of('AccessToken').find('id')).toBeUndefined();
  });
});

it('a client keeps its name where it is removed', async () => {
  await of('Client').upsert('app', { client_id: 'app', client_name: 'App', redirect_uris: [] });
  expect(await of('Client').find('app')).toMatchObject({ client_name: 'App' });
  await of('Client').destroy('app');
  expect(await of('Client').find('app')).toBeUndefined();
  expect(await service.store.clients.find().lean()).toMatchObject([{ _id: 'app', name: 'App' }]);
});
