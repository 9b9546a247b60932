import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { keepSuspensions } from '../../src/grants/revocation/keep-suspensions.ts';
import { encodeGrantId } from '../../src/grants/rows/identity.ts';
import { readOutbox, readPending, readUnfinished } from '../../src/metrics/store-readings.ts';
import { KeptMessages } from '../../src/webhooks/kept.ts';
import { type Command, commandsOf, explain, show, statementsOf } from '../commands.ts';
import { some } from '../effort.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { newSecret, sender, turn } from '../webhooks/receiving.ts';

const service = useService();

const as = (permission: string) => ({
  sub: PAGE_GRANT.user_id,
  account_id: PAGE_GRANT.account_id,
  project_id: PAGE_GRANT.project_id,
  permissions: [permission],
});
const filters = ['user_id', 'client_id', 'resource', 'project_id'] as const;

it.each(some(['account:member', 'project:admin', 'account:admin'], 2))(
  'no query of %s scans a collection or reads the rows of others',
  async (permission) => {
    await service.store.consents.create(consentRow({ _id: 'c' }));
    await service.store.clients.create({
      _id: PAGE_GRANT.client_id,
      name: 'Claude Code',
      is_first_party: false,
    });
    await service.store.users.create({ _id: PAGE_GRANT.user_id });
    const stranger = (index: number) => tokenRow({ account_id: `other-${index}`, user_id: `other-${index}` });
    await service.store.refreshTokens.insertMany([
      tokenRow({ consent_id: 'c' }),
      tokenRow({ scope: ['other'] }),
      ...Array.from({ length: 200 }, (_, index) => stranger(index)),
    ]);
    const ask = async (method: string, path: string, body?: unknown) => {
      const headers = { 'Idempotency-Key': randomUUID() };
      const answer = await service.ask(method, `/api/v1/oauth-grants${path}`, {
        as: as(permission),
        headers,
        body,
      });
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    };

    await ask('GET', '');
    await service.store.refreshTokens.create(tokenRow({ consent_id: 'c' }));

    const commands = await commandsOf(service, async () => {
      await ask('GET', '?status=all&include_project_name=true');
      for (const name of filters) await ask('GET', `?${name}=${encodeURIComponent(PAGE_GRANT[name])}`);
      const unused_since = new Date(service.now.getTime() - 60_000).toISOString();
      await ask('GET', `?unused_since=${unused_since}`);
      await ask('GET', `/${PAGE_GRANT_ID}`);
      await ask('POST', '/revoke', { user_id: PAGE_GRANT.user_id, unused_since });
      for (const query of ['claude co', PAGE_GRANT.user_id]) await ask('POST', '/search', { query });
      for (const name of filters) {
        await ask('POST', '/revoke', { [name]: PAGE_GRANT[name], status: 'all', include_consent: true });
      }
      const grant_ids = [PAGE_GRANT_ID, encodeGrantId({ ...PAGE_GRANT, scope: ['other'] })];
      await ask('POST', '/revoke', { grant_ids, include_consent: true });
      await ask('DELETE', `/${PAGE_GRANT_ID}?include_consent=true`);
    });

    await expectNoScan(commands, 20);
  },
);

it('no query of the other documents scans a collection or reads the rows of others', async () => {
  const person = { user_id: 'ann', client_id: 'app' };
  const expires_at = new Date(service.now.getTime() + 60_000);
  await service.store.verificationRecords.create({
    _id: 'v',
    user_id: 'ann',
    type: 'Password',
    verified: true,
    expires_at,
  });
  await service.store.clients.create({ _id: 'app', name: 'App', is_first_party: false });
  await service.store.organizationScopes.create({ _id: 'o', name: 'o' });
  await service.store.resources.create({ _id: 'r', name: 'r', indicator: 'https://r.example' });
  await service.store.resourceScopes.insertMany([
    { _id: 's', resource_id: 'r', name: 's' },
    ...Array.from({ length: 200 }, (_, index) => ({ _id: `t${index}`, resource_id: 'gone', name: 't' })),
  ]);
  await service.store.consents.insertMany([
    consentRow({ ...person, _id: 'a' }),
    consentRow({ ...person, _id: 'b' }),
    ...Array.from({ length: 200 }, (_, index) => consentRow({ user_id: `other-${index}` })),
  ]);
  const number = { ...consentRow({ ...person }), _id: 7 };
  await service.store.consents.collection.insertOne(number as never);
  await service.store.refreshTokens.insertMany([
    tokenRow({ ...person, consent_id: 'a' }),
    tokenRow({ ...person, consent_id: 'b' }),
    ...Array.from({ length: 200 }, (_, index) =>
      tokenRow({ user_id: `other-${index}`, consent_id: `${index}` }),
    ),
  ]);
  const asker = { sub: 'ann', scope: 'all openid urn:logto:scope:sessions' };
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'logto-verification-id': 'v', 'Idempotency-Key': randomUUID() };
    const { status } = await service.ask(method, path, { as: asker, headers, body });
    expect(status, `${method} ${path}`).toBeLessThan(300);
  };
  const scopes = '/api/applications/app/user-consent-scopes';
  // As a server does before it is ready.
  await service.model.refreshWhole();

  const commands = await commandsOf(service, async () => {
    await ask('GET', '/v1/me/grants');
    await ask('GET', '/api/my-account/grants');
    await ask('DELETE', `/v1/me/grants/~${Buffer.from('{"$numberInt":"7"}').toString('base64url')}`);
    await ask('DELETE', '/v1/me/grants/a');
    await ask('DELETE', '/api/my-account/grants/b');
    await ask('POST', scopes, { organizationScopes: ['o'], resourceScopes: ['s'], userScopes: ['email'] });
    await ask('GET', scopes);
    await ask('DELETE', `${scopes}/resource-scopes/s`);
    await ask('GET', '/api/organization-scopes?page=1');
    await ask('GET', '/api/resources?includeScopes=true&page=1');
    await ask('POST', '/docs/feedback', { page: 'index.html', helpful: true });
  });
  await expectNoScan(commands, 15);
});

it('no query of a suspension, its end or what keeps it scans a collection', async () => {
  const strangers = Array.from({ length: 200 }, (_, index) => tokenRow({ user_id: `other-${index}` }));
  await service.store.refreshTokens.insertMany([tokenRow(), ...strangers]);
  const ask = async (what: string) => {
    const asking = { as: as('account:admin'), headers: { 'Idempotency-Key': randomUUID() } };
    const { status } = await service.ask('POST', `/api/v1/oauth-grants/${PAGE_GRANT_ID}/${what}`, asking);
    expect(status, what).toBeLessThan(300);
  };
  await service.model.refreshWhole();
  const commands = await commandsOf(service, async () => {
    await ask('suspend');
    await keepSuspensions(service.model);
    await ask('restore');
    await ask('suspend');
    service.now = new Date(service.now.getTime() + 8 * 24 * 60 * 60 * 1_000);
    await keepSuspensions(service.model);
  });
  await expectNoScan(commands, 30);
});

it('no query of the outbox and its webhooks scans a collection or reads those of others', async () => {
  const day = 24 * 60 * 60 * 1_000;
  const inOutbox = (index: number, values: object) => ({
    ...{
      _id: `${index}`,
      id: `${index}`,
      receiver: 'crm',
      type: 't',
      key: `${index}`,
      body: '{}',
      number: -index,
    },
    ...{ attempts: 1, numbered_at: service.now, expire_at: new Date(Date.now() + day), ...values },
  });
  await service.store.webhookMessages.insertMany(
    Array.from({ length: 200 }, (_, index) => [
      inOutbox(index, { state: 'delivered' }),
      inOutbox(200 + index, { state: 'waiting', receiver: 'another' }),
      inOutbox(400 + index, { state: 'waiting', next_at: new Date(service.now.getTime() + day) }),
    ]).flat(),
  );
  const revoke = async (user_id: string) => {
    await service.store.refreshTokens.create(tokenRow({ user_id }));
    const path = `/api/v1/oauth-grants/${encodeGrantId({ ...PAGE_GRANT, user_id })}`;
    expect((await service.ask('DELETE', path, { as: as('account:admin') })).status).toBe(200);
  };
  for (let index = 0; index < 30; index += 1) await revoke(`before-${index}`);
  const receiver = (name: string, url: string) => ({ name, url: new URL(url), secrets: [newSecret()] });
  // Nobody listens there: it fails, and the message waits.
  const webhooks = sender(service, [receiver('crm', 'http://127.0.0.1:1/')]);
  service.now = new Date(service.now.getTime() + 1_000);

  const commands = await commandsOf(service, async () => {
    await turn(webhooks);
    await revoke('ann');
    await revoke('ann');
    await turn(webhooks);
  });
  const { webhookMessages } = service.store;
  await webhookMessages.updateMany({ state: 'waiting', attempts: 1, number: { $gt: 0 } }, { attempts: 8 });
  const [message] = await webhookMessages.find({ number: 1 }).lean();
  service.now = new Date(service.now.getTime() + 2 * 60_000);
  const others = await commandsOf(service, async () => {
    await turn(webhooks);
    const kept = new KeptMessages(service.store);
    await kept.replay({ ids: [message?.id ?? ''] }, service.now);
    await kept.replay({ all: true, receiver: 'crm' }, service.now);
  });
  const isOwn = ({ find, aggregate, update, findAndModify, distinct }: Command) =>
    [find, aggregate, update, findAndModify, distinct].some((name) => /webhook|audit/.test(String(name)));
  await expectNoScan([...commands, ...others].filter(isOwn), 15);
});

it('no query of the metrics scans a collection or reads what they do not count', async () => {
  const settled = { grouped: { done: true }, updated_at: service.now };
  const rows = Array.from({ length: 200 }, (_, index) => ({ _id: `${index}`, ...settled }));
  await service.model.store.rows.insertMany(rows);
  await service.model.store.consents.insertMany(rows);
  const ended = { finished_at: new Date(), tried_at: new Date() };
  const done = Array.from({ length: 200 }, (_, index) => ({ _id: `${index}`, ...ended }) as never);
  await service.model.store.batches.insertMany(done);
  await service.model.store.events.insertMany(done);
  const commands = await commandsOf(service, async () => {
    await readPending(service.model, 60_000);
    await readUnfinished(service.model, 60_000);
    await readOutbox(service.model, 60_000);
  });
  await expectNoScan(commands, 10);
});

async function expectNoScan(commands: Command[], atLeast: number): Promise<void> {
  const statements = commands.flatMap(statementsOf);
  expect(statements.length).toBeGreaterThanOrEqual(atLeast);
  for (const statement of statements) {
    const { scans, examined } = await explain(service, statement);
    expect(scans, show(statement)).toBe(false);
    expect(examined, show(statement)).toBeLessThan(20);
  }
}

it('would notice a scan', async () => {
  await service.store.refreshTokens.create(tokenRow());
  expect(await explain(service, { find: 'refresh_tokens', filter: { last_used_at: null } })).toEqual({
    scans: true,
    sorts: false,
    examined: 1,
  });
});
