import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { differences } from '../../../src/grants/read-model/check.ts';
import type { GrantModel } from '../../../src/grants/read-model/model.ts';
import { purge } from '../../../src/grants/read-model/purge.ts';
import { rebuild } from '../../../src/grants/read-model/rebuild.ts';
import type { Service } from '../../service.ts';
import { grantIdOf, type Store } from '../reference.ts';
import { account_id, MINUTE, type Step } from './histories.ts';

const adminOf = (account: string) => ({ sub: 'admin', account_id: account, permissions: ['account:admin'] });
const admin = adminOf(account_id);

/** The rows as they are, for the reference. */
export async function readStore({ store }: Service): Promise<Store> {
  const [refreshTokens, consents, clients, users] = await Promise.all([
    // Those that a purge was about to delete when it was killed are as good as gone.
    store.refreshTokens.find({ purged: { $ne: true } }).lean(),
    store.consents.find().lean(),
    store.clients.find().lean(),
    store.users.find().lean(),
  ]);
  return { refreshTokens, consents, clients, users };
}

/** Takes a step, as another program or through a service. A clock that stood still would hide that time passes. */
export async function take(step: Step, services: Service[]): Promise<void> {
  const service = services[step.service];
  if (!service) throw new Error('no such service');
  for (const each of services) {
    each.now = new Date(each.now.getTime() + 1);
    // The services' clocks may be turned back, the writers' are never off by more than seconds.
    each.writing = new Date(Math.max(each.now.getTime(), (each.writing?.getTime() ?? 0) + 1));
  }
  const { refreshTokens, consents, clients, users } = service.store;
  const rows = await refreshTokens.find().sort({ _id: 1 }).lean();
  const written = service.writing ?? service.now;
  const at = (skew: number) => new Date(written.getTime() + skew * 1_000);
  const row = 'row' in step ? rows[step.row % Math.max(1, rows.length)] : undefined;
  const grantAt = (index: number) => {
    const found = rows[index % Math.max(1, rows.length)];
    return found && grantIdOf(found);
  };
  switch (step.kind) {
    case 'insert': {
      const updated_at = step.updated_at ?? written;
      await refreshTokens.collection.insertOne({ ...step.token, _id: randomUUID(), updated_at } as never);
      return;
    }
    case 'update':
      if (row) await writeOver(service, row._id, { ...step.change, updated_at: at(step.skew) });
      return;
    case 'rotate': {
      if (!row) return;
      const { grant_hash: _, grouped: __, ...values } = row;
      const next = { ...values, _id: randomUUID(), revoked_at: null, expires_at: step.expires_at };
      await writeOver(service, row._id, {
        revoked_at: row.revoked_at ?? service.now,
        updated_at: at(step.skew),
      });
      await refreshTokens.collection.insertOne({ ...next, updated_at: at(step.skew) } as never);
      return;
    }
    case 'consent': {
      const { _id, ...values } = step.consent;
      const $set = { ...values, updated_at: at(step.skew) };
      const update = { $set, $unset: { grouped: '' } } as const;
      await consents.collection.updateOne({ _id: _id as never }, update, { upsert: true });
      return;
    }
    case 'rename': {
      const $set = { name: step.name ?? undefined };
      const names = step.who.startsWith('c') ? clients : users;
      if (step.name === null) await names.collection.deleteOne({ _id: step.who as never });
      else await names.collection.updateOne({ _id: step.who as never }, { $set }, { upsert: true });
      return;
    }
    case 'time':
      for (const each of services) each.now = new Date(each.now.getTime() + step.minutes * MINUTE);
      return;
    case 'revoke one': {
      const id = grantAt(step.grant);
      const path = `/api/v1/oauth-grants/${id}?include_consent=${step.include_consent}`;
      if (id) expect([200, 404]).toContain((await service.ask('DELETE', path, { as: admin })).status);
      return;
    }
    case 'revoke some': {
      const grant_ids = step.grants.flatMap((index) => grantAt(index) ?? []);
      if (grant_ids.length > 0) expect([200, 404]).toContain(await revoke(service, { grant_ids }));
      return;
    }
    case 'revoke matching': {
      const { filters, status, include_consent } = step;
      expect(await revoke(service, { ...filters, status, include_consent })).toBe(200);
      return;
    }
    case 'revoke consent': {
      const [consent] = await consents
        .find()
        .sort({ _id: 1 })
        .skip(step.consent % 4)
        .limit(1)
        .lean();
      const as = { sub: consent?.user_id ?? '', scope: 'openid' };
      if (consent) await service.ask('DELETE', `/v1/me/grants/${consent._id}`, { as });
      return;
    }
    case 'list':
      await service.ask('GET', '/api/v1/oauth-grants', { as: admin });
      return;
    case 'purge':
      await purge(service.model, {
        before: new Date(service.now.getTime() - step.minutes * MINUTE),
        dryRun: false,
      });
      return;
    case 'rebuild':
      await rebuild(service.model);
  }
}

/** What of one row is written is written with when. */
async function writeOver({ store }: Service, _id: string, $set: object): Promise<void> {
  await store.refreshTokens.collection.updateOne({ _id: _id as never }, { $set, $unset: { grouped: '' } });
}

async function revoke(service: Service, body: object): Promise<number> {
  return (await service.ask('POST', '/api/v1/oauth-grants/revoke', { as: admin, body })).status;
}

/** Asks for a list page by page. */
export async function listAll(
  service: Service,
  query: Record<string, string>,
  limit: number,
  account = account_id,
) {
  const grants = [];
  for (let offset = 0; ; offset += limit) {
    const search = new URLSearchParams({ ...query, limit: `${limit}`, offset: `${offset}` });
    const { body } = await service.ask('GET', `/api/v1/oauth-grants?${search}`, { as: adminOf(account) });
    grants.push(...body.grants);
    if (body.grants.length < limit) return { grants, total_count: body.total_count as number };
  }
}

/** Fails where the read model differs from what the rows say. */
export async function expectNoDifference(model: GrantModel): Promise<void> {
  for await (const difference of differences(model)) expect(difference).toBeUndefined();
}
