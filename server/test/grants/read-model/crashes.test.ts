import { afterAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../../src/database/connect.ts';
import { listGrants } from '../../../src/grants/listing.ts';
import { GrantModel } from '../../../src/grants/read-model/model.ts';
import { purge } from '../../../src/grants/read-model/purge.ts';
import { rebuild } from '../../../src/grants/read-model/rebuild.ts';
import { revokeMatchingGrants } from '../../../src/grants/revocation/by-filter.ts';
import { revokeGrants } from '../../../src/grants/revocation/by-identity.ts';
import type { GrantStatus } from '../../../src/grants/rows/grouping.ts';
import { times } from '../../effort.ts';
import { Line } from '../../line.ts';
import { ASKED, consentRow, PAGE_GRANT, tokenRow } from '../../rows.ts';
import { useService } from '../../service.ts';
import { grantsOf } from '../reference.ts';
import { expectNoDifference, readStore } from './actors.ts';

const BATCH = { batchSize: 3 };
const service = useService(BATCH);
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const past = new Date(service.now.getTime() - 60_000);
const seconds = (count: number) => new Date(service.now.getTime() + count * 1_000);
const filter = { account_id: PAGE_GRANT.account_id };

/** Four grants of two rows each, one with a consent. */
async function fill(): Promise<void> {
  await service.empty();
  await service.store.consents.create(consentRow({ _id: 'c', user_id: 'user-1' }));
  const rows = Array.from({ length: 8 }, (_, index) =>
    tokenRow({ _id: `t${index}`, user_id: `user-${index % 4}`, consent_id: index === 1 ? 'c' : null }),
  );
  await service.store.refreshTokens.insertMany(rows);
}

/** What other programs write, with their own time or with any. */
async function write(): Promise<void> {
  const { refreshTokens, consents, clients } = service.store;
  await refreshTokens.collection.insertMany([
    tokenRow({ _id: 'new', user_id: 'user-0', updated_at: seconds(0) }),
    tokenRow({ _id: 'old', user_id: 'user-9', updated_at: new Date(0) }),
    tokenRow({ _id: 'third', user_id: 'user-8', updated_at: new Date(0) }),
  ] as never[]);
  await refreshTokens.collection.updateOne(
    { _id: 't2' as never },
    { $set: { revoked_at: past, updated_at: seconds(-5) }, $unset: { grouped: '' } },
  );
  await consents.collection.updateOne(
    { _id: 'c' as never },
    { $set: { granted_at: past, updated_at: seconds(3) }, $unset: { grouped: '' } },
  );
  await clients.create({ _id: PAGE_GRANT.client_id, name: 'Claude Code', is_first_party: true });
}

interface Act {
  name: string;
  /** What is so before it. */
  prepare: () => Promise<unknown>;
  act: (model: GrantModel) => Promise<unknown>;
  /** What must be so when it has been done again elsewhere. */
  done?: () => Promise<void>;
}

/** What the requests of an admin come to. */
const list = (model: GrantModel) =>
  listGrants(model, {
    filter,
    status: 'all',
    sort_by: 'granted_at',
    sort_order: 'desc',
    limit: 1_000,
    offset: 0,
  });
const revoking = (model: GrantModel) => ({
  id: model.newId(),
  asked: ASKED,
  include_consent: true,
  now: model.clock(),
  stopping: new AbortController().signal,
});
const revokeAll = (model: GrantModel, status: GrantStatus = 'active') =>
  revokeMatchingGrants(model, { filter, status }, revoking(model));

const refreshed = async () => {
  await fill();
  await service.model.refresh();
};
const nothingIsLive = async () => {
  expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(0);
  expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(0);
};

const acts: Act[] = [
  { name: 'the first build', prepare: fill, act: list },
  {
    name: 'a refresh',
    prepare: () => refreshed().then(write),
    act: list,
  },
  {
    name: 'a refresh when time has passed',
    prepare: async () => {
      await refreshed();
      service.now = new Date('2026-07-02T00:00:00.000Z');
    },
    act: list,
  },
  { name: 'a rebuild', prepare: () => refreshed().then(write), act: (model) => rebuild(model) },
  {
    name: 'a bulk revocation',
    prepare: () => refreshed().then(write),
    act: revokeAll,
    done: nothingIsLive,
  },
  {
    name: 'a bulk revocation of what has expired',
    prepare: async () => {
      await refreshed();
      service.now = new Date('2026-07-02T00:00:00.000Z');
    },
    act: (model) => revokeAll(model, 'expired'),
  },
  {
    name: 'a revocation by ids',
    prepare: () => refreshed().then(write),
    act: async (model) => revokeGrants(model, (await list(service.model)).grants, revoking(model)),
    done: nothingIsLive,
  },
  {
    name: 'a purge',
    prepare: async () => {
      await refreshed();
      const { grants } = await list(service.model);
      await revokeGrants(service.model, grants.slice(0, 1), revoking(service.model));
      await service.store.refreshTokens.updateOne(
        { _id: 't2' },
        { $set: { revoked_at: past, updated_at: seconds(1) }, $unset: { grouped: '' } },
      );
    },
    act: (model) => purge(model, { before: seconds(1), dryRun: false }),
  },
];

/** The next request is answered as the rows are, and so is the whole model. */
async function expectRight(at: number): Promise<void> {
  const { body } = await service.ask('GET', '/api/v1/oauth-grants?status=all&limit=1000', { as: admin });
  const expected = grantsOf(await readStore(service), service.now);
  const byId = (list: { grant_id: string }[]) => list.toSorted((a, b) => (a.grant_id < b.grant_id ? -1 : 1));
  expect(byId(body.grants), `after ${at} commands`).toEqual(byId(expected));
}

describe('killed before any of its commands', () => {
  const start = new Date(service.now);
  const closed: Promise<void>[] = [];
  afterAll(() => Promise.all(closed));

  it.each(acts)(
    '$name leaves nothing wrong after the next request',
    async ({ prepare, act, done }) => {
      for (let commands = 0; ; commands += times(17, 1)) {
        service.now = start;
        await prepare();
        const wasKilled = await killAfter(commands, act);
        service.now = new Date(service.now.getTime() + 1);
        await expectRight(commands);
        if (wasKilled) await act(service.model);
        await expectRight(commands);
        await expectNoDifference(service.model);
        await done?.();
        if (!wasKilled) return;
      }
    },
    180_000,
  );

  /** Lets another process on the same store begin, and cuts it off; says whether it did. */
  async function killAfter(commands: number, act: Act['act']): Promise<boolean> {
    const { line, uri } = await Line.open(service.uri);
    const { collections, close } = await connectDatabase(uri);
    const clock = () => service.now;
    const victim = new GrantModel({ collections, clock, patience: 60_000, ...BATCH });
    await victim.backlog.progress();
    line.cutAfter(commands);
    const wasKilled = await Promise.race([act(victim).then(() => false), line.cut.then(() => true)]);
    line.close();
    closed.push(close());
    return wasKilled;
  }
});
