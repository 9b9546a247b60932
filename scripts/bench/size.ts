import { createIndexes } from '../../server/src/database/collections.ts';
import { connectDatabase } from '../../server/src/database/connect.ts';
import { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { GRANT_SORT_FIELDS } from '../../server/src/grants/read-model/ordering.ts';
import { ACCOUNT, emailOf, fill, grantsOf, rowsOfProject } from './rows.ts';
import { LOADED, type Load, type Served, serve } from './service.ts';
import { inTurn, progress, repeat, type Times } from './timing.ts';
import { direct, driver, driverPage, naive, readModel, type Sorting } from './ways.ts';
import { rawUpdate, refreshesOfChanges, revokeByFilter, useTokens, withMemory } from './writes.ts';

export interface SizeResult {
  rows: number;
  grants: number;
  /** Building the read model from nothing: milliseconds, and memory in MB. */
  build: { milliseconds: number; memory: number };
  list: Record<
    'naive' | 'direct' | 'driver' | 'driver page' | 'read model' | 'HTTP' | 'bare Express' | 'found',
    Times
  >;
  /** Finding users and clients, measured in turn with the first page. */
  search: Record<'list' | 'e-mail' | 'two words' | 'beginning of everyone' | 'app', Times>;
  /** The first page in every sort order. */
  sortings: (Sorting & Times)[];
  /** The first page of a part of the account in its slowest sort order, and how many grants that part has. */
  narrower: Narrower[];
  /** The first page of the account after another program used one token. */
  busy: Times;
  load: Record<(typeof LOADED)[number], Load[]>;
  refresh: { idle: Times; 'of 1,000 changed grants': Times };
  revocation: {
    rows: number;
    /** In milliseconds. */
    by_filter: number;
    raw: number;
    memory: number;
    /** Lists before it, the first one after it, and the next ones. */
    lists_before: Times;
    first_list: number;
    lists: Times;
    /** A refresh after another program changed as many rows. */
    refresh_after_raw: number;
  };
  /** Bytes on disk. */
  storage: Record<'refresh_tokens' | 'grants', { data: number; indexes: number; count: number }>;
}

interface Narrower extends Times, Sorting {
  by: string;
  grants: number;
  /** The first page of the whole account, measured in turn with it. */
  whole: Times;
}

export interface Effort {
  rounds: number;
  slowRounds: number;
  seconds: number;
}

/** Measures everything at one size, in a separate database. */
export async function measureSize(uri: string, rows: number, effort: Effort): Promise<SizeResult> {
  const database = await connectDatabase(uri, { dbName: `bench-${rows}` });
  const { collections } = database;
  const clock = () => new Date();
  const model = new GrantModel({ collections, clock });
  progress(`${rows} rows: writing them`);
  await createIndexes(collections);
  await fill(model.store, rows, clock());
  progress(`${rows} rows: building the read model`);
  const build = await withMemory(() => model.refreshWhole());
  const storage = await storageOf(model);
  const served = await serve(database, model);
  try {
    const measured = await measure(model, served, rows, effort);
    return { rows, grants: grantsOf(rows), build, ...measured, storage };
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
    found: served.found,
    'bare Express': served.bare,
  });
  progress(`${rows} rows: searches`);
  const search = await inTurn(rounds, {
    list: served.list,
    'e-mail': () => served.search(emailOf(Math.floor(grantsOf(rows) / 7))),
    'two words': () => served.search('person 77'),
    'beginning of everyone': () => served.search('per'),
    app: () => served.search('app 3'),
  });
  progress(`${rows} rows: every sorting`);
  const sortings = [];
  for (const sorting of everySorting()) {
    const { list } = await inTurn(Math.ceil(rounds / 4), { list: () => readModel(model, sorting) });
    sortings.push({ ...sorting, ...list });
  }
  const narrower = await narrowerLists(model, Math.ceil(rounds / 4));
  const busy = await repeat(
    Math.ceil(rounds / 4),
    (turn) => useTokens(model, [`token-${turn * 5}`]),
    () => readModel(model),
  );
  progress(`${rows} rows: load over HTTP`);
  const load: SizeResult['load'] = { list: [], bare: [], found: [] };
  for (const connections of [1, 10]) {
    for (const what of LOADED) load[what].push(await served.load(what, connections, seconds));
  }
  progress(`${rows} rows: refreshes`);
  const { idle } = await inTurn(rounds, { idle: () => model.refresh() });
  progress(`${rows} rows: revoking ${rowsOfProject(rows)} of them`);
  const byFilter = await revokeByFilter(served);
  progress(`${rows} rows: refreshes of changes`);
  const changed = await refreshesOfChanges(model, rows, 5);
  progress(`${rows} rows: one raw update`);
  const raw = await rawUpdate(model, rows);
  return {
    list: { ...slow, ...quick },
    search,
    sortings,
    narrower,
    busy,
    load,
    refresh: { idle, 'of 1,000 changed grants': changed },
    revocation: { rows: rowsOfProject(rows), ...byFilter, ...raw },
  };
}

function everySorting(): Sorting[] {
  return GRANT_SORT_FIELDS.flatMap((sort_by) =>
    (['asc', 'desc'] as const).map((sort_order) => ({ sort_by, sort_order })),
  );
}

/** No index returns these in order in most sort orders: they are sorted in memory, or found among the whole account. */
async function narrowerLists(model: GrantModel, rounds: number): Promise<Narrower[]> {
  const [one] = await model.grants.find({ '_id.account_id': ACCOUNT, status: 'active' }).limit(1).toArray();
  if (!one) throw new Error('the account has no grant');
  const slowest: Narrower[] = [];
  for (const by of ['user_id', 'client_id', 'project_id', 'resource'] as const) {
    const of = { '_id.account_id': ACCOUNT, [`_id.${by}`]: one._id[by], status: 'active' as const };
    const grants = await model.grants.countDocuments(of);
    const lists: Narrower[] = [];
    for (const sorting of everySorting()) {
      const { list, whole } = await inTurn(rounds, {
        list: () => readModel(model, { [by]: one._id[by], ...sorting }),
        whole: () => readModel(model),
      });
      lists.push({ by, grants, ...sorting, ...list, whole });
    }
    slowest.push(...lists.toSorted((a, b) => relative(b) - relative(a)).slice(0, 1));
  }
  return slowest;
}

/** How many times as long as the first page of the whole account it takes. */
export function relative({ median, whole }: Pick<Narrower, 'median' | 'whole'>): number {
  return median / whole.median;
}

async function storageOf({ collections, store }: GrantModel): Promise<SizeResult['storage']> {
  // Data takes no room on disk until a checkpoint writes it.
  await collections.users.db.getClient().db('admin').command({ fsync: 1 });
  const sizeOf = async (name: 'rows' | 'grants') => {
    const stats = store[name].aggregate<{
      storageStats: { count: number; storageSize: number; totalIndexSize: number };
    }>([{ $collStats: { storageStats: {} } }]);
    const [{ storageStats: { count = 0, storageSize = 0, totalIndexSize = 0 } = {} } = {}] =
      await stats.toArray();
    return { count, data: Number(storageSize), indexes: Number(totalIndexSize) };
  };
  return { refresh_tokens: await sizeOf('rows'), grants: await sizeOf('grants') };
}
