import type { mongo } from 'mongoose';
import { inBatches } from './batches.ts';
import { type ConsentId, canBeConsentId, consentKey } from './consent-ids.ts';
import { type Grant, type GroupedRows, groupRows, type Names, type RowFilter } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import type { Row, Store } from './model/store.ts';
import { readDate, readText } from './values.ts';

/** How many grants are joined at a time. */
const BATCH = 1_000;

export interface GroupingOptions {
  /** Whether they come in the order of the six values. */
  inOrder?: boolean;
  /** Called with a grant some of whose rows have the hash of another: whoever wrote them copied it from a row of that. */
  onMisfiled?: (hashes: bigint[]) => void;
}

/**
 * Whole grants, grouped from rows: the one grouping aggregation, joined with consents, clients and users. The join is
 * made here, batch by batch: a `$lookup` for each grant takes the database ten times as long.
 *
 * @param rows which rows to group; must choose whole grants
 * @param now the moment that decides what has expired
 */
export async function* groupIntoGrants(
  store: Store,
  rows: RowFilter,
  now: Date,
  { inOrder = false, onMisfiled }: GroupingOptions = {},
): AsyncGenerator<Grant[]> {
  const pipeline = [...groupRows(rows, now), ...(inOrder ? [{ $sort: { _id: 1 } }] : [])];
  const groups = store.rows.aggregate<GroupedRows>(pipeline, { allowDiskUse: true, batchSize: BATCH });
  for await (const batch of inBatches(groups, BATCH)) {
    for (const { grant_hash, stored_hashes } of batch) {
      const stored = stored_hashes.filter((hash) => typeof hash === 'bigint');
      if (stored.some((hash) => hash !== grant_hash)) onMisfiled?.([grant_hash, ...stored]);
    }
    yield join(store, batch);
  }
}

async function join(store: Store, groups: GroupedRows[]): Promise<Grant[]> {
  const [namesOf, consentsById] = await Promise.all([
    readNames(
      store,
      groups.map(({ _id }) => _id),
    ),
    readById(
      store.consents,
      groups.flatMap(({ consent_ids }) => consent_ids.filter(canBeConsentId)),
      { user_id: 1, account_id: 1, granted_at: 1 },
    ),
  ]);
  const consents = new Map([...consentsById.values()].map((row) => [consentKey(row._id), row]));
  return groups.map((group) => {
    const { _id: identity } = group;
    const named = group.consent_ids.flatMap((id) => consents.get(consentKey(id)) ?? []);
    // One that names a stranger's consent has been granted nothing by it.
    const own = named.filter(
      ({ user_id, account_id }) =>
        (readText(user_id) ?? '') === identity.user_id &&
        (readText(account_id) ?? '') === identity.account_id,
    );
    const dates = own.flatMap(({ granted_at }) => readDate(granted_at) ?? []);
    const [earliest] = dates.toSorted((one, other) => one.getTime() - other.getTime());
    return Object.assign(group, identity, namesOf(identity), { granted_at: earliest ?? group.created_at });
  });
}

/** What clients and users are called now. A client without a name is called by its id, as those of CIMD are. */
export async function readNames(
  { clients, users }: Pick<Store, 'clients' | 'users'>,
  grants: GrantIdentity[],
): Promise<(grant: GrantIdentity) => Names> {
  const [clientsById, usersById] = await Promise.all([
    readById(
      clients,
      grants.map(({ client_id }) => client_id),
      { name: 1 },
    ),
    readById(
      users,
      grants.map(({ user_id }) => user_id),
      { name: 1, email: 1 },
    ),
  ]);
  return ({ client_id, user_id }) => {
    const user = usersById.get(user_id);
    return {
      client_name: readText(clientsById.get(client_id)?.name) ?? client_id,
      user_name: readText(user?.name),
      user_email: readText(user?.email),
    };
  };
}

type StoredRow<Id> = { _id: Id } & Record<string, unknown>;

/** Rows by their ids. One more than there are fits into the first batch: else the database is asked for another. */
async function readById<Id extends ConsentId>(
  rows: mongo.Collection<Row>,
  all: Id[],
  projection: Record<string, 1>,
): Promise<Map<Id, StoredRow<Id>>> {
  const ids = [...new Set(all)];
  if (ids.length === 0) return new Map();
  const wanted: RowFilter = { _id: { $in: ids } };
  const found = await rows.find<StoredRow<Id>>(wanted, { projection, batchSize: ids.length + 1 }).toArray();
  return new Map(found.map((row) => [row._id, row]));
}
