import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase, type Database } from '../../server/src/database/connect.ts';
import { nativeCollection } from '../../server/src/database/native.ts';
import { GrantModel } from '../../server/src/grants/model/model.ts';
import { ACCOUNT, fill, peopleOfProject, rowsOfProject } from './rows.ts';
import { type Load, type Served, serve } from './service.ts';
import { inTurn, progress, repeat, round, type Times, time } from './timing.ts';
import { direct, driver, driverPage, naive, readModel, type Sorting } from './ways.ts';

export interface SizeResult {
  rows: number;
  grants: number;
  /** The read model made from nothing, in milliseconds, and the memory that took in MB. */
  build: { milliseconds: number; memory: number };
  list: Record<'naive' | 'direct' | 'driver' | 'driver page' | 'read model' | 'HTTP' | 'bare Express', Times>;
  /** The first page by every sorting. */
  sortings: (Sorting & Times)[];
  load: Record<'list' | 'bare', Load[]>;
  refresh: { idle: Times; 'of 1,000 changed grants': Times };
  revocation: {
    rows: number;
    /** Milliseconds. */
    by_filter: number;
    raw: number;
    memory: number;
    /** The lists right after it. */
    lists_before: Times;
    first_list: number;
    lists: Times;
    /** A refresh after another program changed as many rows, and the next ones, which meet them again. */
    refresh_after_raw: number;
    refresh_after_that: Times;
  };
  /** Bytes on disk. */
  storage: Record<'refresh_tokens' | 'grants', { data: number; indexes: number; count: number }>;
}

export interface Effort {
  rounds: number;
  slowRounds: number;
  seconds: number;
}

/** Everything that is measured at one size, in a database of its own. */
export async function measureSize(uri: string, rows: number, effort: Effort): Promise<SizeResult> {
  const database = await connectDatabase(uri, { dbName: `bench-${rows}` });
  const { collections } = database;
  const clock = () => new Date();
  const model = new GrantModel({ collections, clock });
  progress(`${rows} rows: writing them`);
  await createIndexes(collections);
  await fill(collections, rows, clock());
  progress(`${rows} rows: building the read model`);
  const build = await withMemory(() => model.build());
  const served = await serve(database, model);
  try {
    const measured = await measure(model, served, rows, effort);
    return { rows, grants: rows / 5, build, ...measured, storage: await storageOf(database) };
  } finally {
    await served.close();
    await collections.users.db.dropDatabase();
    await database.close();
  }
}

async function measure(
  model: GrantModel,
  served: Served,
  rows: number,
  { rounds, slowRounds, seconds }: Effort,
) {
  progress(`${rows} rows: lists`);
  const slow = await inTurn(slowRounds, { naive: () => naive(model), direct: () => direct(model) });
  const quick = await inTurn(rounds, {
    driver: () => driver(model),
    'driver page': () => driverPage(model),
    'read model': () => readModel(model),
    HTTP: served.list,
    'bare Express': served.bare,
  });
  progress(`${rows} rows: every sorting`);
  const sortings = [];
  for (const sorting of everySorting()) {
    const { list } = await inTurn(Math.ceil(rounds / 4), { list: () => readModel(model, sorting) });
    sortings.push({ ...sorting, ...list });
  }
  progress(`${rows} rows: load over HTTP`);
  const load = { list: [] as Load[], bare: [] as Load[] };
  for (const connections of [1, 10]) {
    for (const what of ['bare', 'list'] as const)
      load[what].push(await served.load(what, connections, seconds));
  }
  progress(`${rows} rows: refreshes`);
  const { idle } = await inTurn(rounds, { idle: () => model.refresh() });
  progress(`${rows} rows: revoking ${rowsOfProject(rows)} of them`);
  const byFilter = await revokeByFilter(served);
  progress(`${rows} rows: refreshes of changes`);
  const changed = await refreshesOfChanges(model, 5);
  progress(`${rows} rows: one raw update`);
  const raw = await rawUpdate(model, rows);
  return {
    list: { ...slow, ...quick },
    sortings,
    load,
    refresh: { idle, 'of 1,000 changed grants': changed },
    revocation: { rows: rowsOfProject(rows), ...byFilter, ...raw },
  };
}

function everySorting(): Sorting[] {
  const fields = [
    'granted_at',
    'client_name',
    'user_name',
    'resource',
    'last_used_at',
    'expires_at',
    'status',
  ] as const;
  return fields.flatMap((sort_by) =>
    (['asc', 'desc'] as const).map((sort_order) => ({ sort_by, sort_order })),
  );
}

/** Another program uses a token of each of a thousand grants; then the model takes that in. */
function refreshesOfChanges(model: GrantModel, rounds: number): Promise<Times> {
  const tokens = nativeCollection<{ _id: string }>(model.collections.refreshTokens);
  const use = (turn: number) => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `token-${(index + turn * 1_000) * 5}`);
    const now = new Date();
    return tokens.updateMany({ _id: { $in: ids } }, { $set: { last_used_at: now, updated_at: now } });
  };
  return repeat(rounds, use, () => model.refresh());
}

async function revokeByFilter(served: Served) {
  const before = (await inTurn(10, { lists: served.list })).lists;
  const { milliseconds: by_filter, memory } = await withMemory(() =>
    served.revoke({ project_id: 'project-0' }),
  );
  const first_list = round(await time(served.list));
  const { lists } = await inTurn(10, { lists: served.list });
  return { by_filter, memory, lists_before: before, first_list, lists };
}

/**
 * One raw update of as many rows as the revocation by filter, which an index finds at one stretch. Last of all: for ten
 * seconds every refresh meets what another program wrote.
 */
async function rawUpdate(model: GrantModel, rows: number) {
  const now = new Date();
  const which = { account_id: ACCOUNT, user_id: peopleOfProject(1, rows), revoked_at: null };
  const tokens = nativeCollection<{ revoked_at: Date | null }>(model.collections.refreshTokens);
  const raw = round(
    await time(() => tokens.updateMany(which, { $set: { revoked_at: now, updated_at: now } })),
  );
  const refresh_after_raw = round(await time(() => model.refresh()));
  const { refresh_after_that } = await inTurn(4, { refresh_after_that: () => model.refresh() });
  return { raw, refresh_after_raw, refresh_after_that };
}

/** How long something takes, and by how many MB the process grows meanwhile. */
async function withMemory(work: () => Promise<unknown>): Promise<{ milliseconds: number; memory: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const milliseconds = round(await time(work));
  clearInterval(watch);
  return { milliseconds, memory: Math.round((most - before) / 2 ** 20) };
}

async function storageOf({ collections }: Database): Promise<SizeResult['storage']> {
  // What no checkpoint has written takes no room on disk yet.
  await collections.users.db.getClient().db('admin').command({ fsync: 1 });
  const sizeOf = async (name: 'refreshTokens' | 'grants') => {
    const stats = nativeCollection(collections[name]).aggregate<{
      storageStats: { count: number; storageSize: number; totalIndexSize: number };
    }>([{ $collStats: { storageStats: {} } }]);
    const [{ storageStats: { count = 0, storageSize = 0, totalIndexSize = 0 } = {} } = {}] =
      await stats.toArray();
    return { count, data: Number(storageSize), indexes: Number(totalIndexSize) };
  };
  return { refresh_tokens: await sizeOf('refreshTokens'), grants: await sizeOf('grants') };
}
