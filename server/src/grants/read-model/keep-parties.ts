import { checked } from '../../database/filters.ts';
import { readNames, readNamesOf } from '../rows/names.ts';
import type { PartyId, StoredGrant, StoredParty } from '../rows/store.ts';
import type { ModelContext } from './context.ts';
import { STATE } from './lease.ts';
import { correctWords, havingGrants, PARTY_MEMORY, storeParties } from './parties.ts';

/** How many parties one run checks. */
const STRETCH = 5_000;
/** How many batches of grants one run brings in at most, so that a server that stops need not wait for all. */
const MAX_BATCHES = 20;

/**
 * Stores the parties of some grants that have none, because an older server stored them.
 *
 * @param account_id only of this account; undefined for all
 * @returns whether there may be more
 */
export async function storeMissingParties(model: ModelContext, account_id?: string): Promise<boolean> {
  const { grants } = model.store;
  const of = account_id === undefined ? { $gte: '' } : checked(account_id);
  const missing = { searchable: null, '_id.account_id': of };
  const options = { projection: { _id: 1 }, limit: model.lookLimit, batchSize: model.lookLimit + 1 };
  const found = await grants.find<Pick<StoredGrant, '_id'>>(missing, options).toArray();
  if (found.length === 0) return false;
  const ids = found.map(({ _id }) => _id);
  const { namesOf } = await readNames(model.store, ids);
  await storeParties(
    model.store,
    ids.map((_id) => ({ _id, ...namesOf(_id) })),
  );
  await grants.updateMany({ _id: { $in: ids } }, { $set: { searchable: true } });
  return found.length === model.lookLimit;
}

/**
 * Stores parties that are missing, then checks some that are there, each time from where the last check ended: those that
 * were renamed get their new words, and those without a grant are deleted.
 */
export async function keepParties(model: ModelContext, stretch = STRETCH): Promise<void> {
  for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
    if (!(await storeMissingParties(model))) break;
  }
  const { state, parties } = model.store;
  const last = (await state.findOne(STATE, { projection: { checked_party: 1 } }))?.checked_party;
  const isOld = { $lt: ['$written_at', { $subtract: ['$$NOW', PARTY_MEMORY] }] };
  const found = await parties
    .aggregate<StoredParty & { is_old: boolean }>(
      [
        { $match: last === undefined ? {} : { $expr: { $gt: ['$_id', { $literal: last }] } } },
        { $sort: { _id: 1 } },
        { $limit: stretch },
        { $set: { is_old: isOld } },
      ],
      { hint: { _id: 1 }, batchSize: stretch + 1 },
    )
    .toArray();
  const idsOf = (kind: PartyId['kind']) =>
    new Set(found.flatMap(({ _id }) => (_id.kind === kind ? [_id.id] : [])));
  const names = await readNamesOf(model.store, { clients: idsOf('client'), users: idsOf('user') });
  await correctWords(model.store, found, names);
  await forget(
    model,
    found.filter((party) => party.is_old),
  );
  const end = found.length < stretch ? undefined : found.at(-1)?._id;
  const update = end ? { $set: { checked_party: end } } : { $unset: { checked_party: '' as const } };
  await state.updateOne(STATE, update, { upsert: true });
}

/** Deletes parties without a grant, and renews the others. One that was written meanwhile is about to get a grant. */
async function forget({ store }: ModelContext, old: StoredParty[]): Promise<void> {
  if (old.length === 0) return;
  const having = await havingGrants(
    store,
    old.map(({ _id }) => _id),
  );
  const kept = new Set(having.map((_id) => JSON.stringify(_id)));
  await store.parties.updateMany({ _id: { $in: having } }, { $currentDate: { written_at: true } });
  const deletes = old
    .filter(({ _id }) => !kept.has(JSON.stringify(_id)))
    .map(({ _id, written_at }) => ({ deleteOne: { filter: { _id, written_at } } }));
  if (deletes.length > 0) await store.parties.bulkWrite(deletes, { ordered: false });
}
