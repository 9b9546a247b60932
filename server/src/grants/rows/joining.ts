import { inBatches } from './batches.ts';
import { type ConsentId, canBeConsentId, consentKey } from './consent-ids.ts';
import { type Grant, type GroupedRows, groupRows, type RowFilter } from './grouping.ts';
import { readNames } from './names.ts';
import type { Store } from './store.ts';
import { readDate, readText } from './values.ts';

/** Grants joined at a time. */
const BATCH = 1_000;

/** A grant, and the hashes stored in its rows. */
export type Joined = Grant & Pick<GroupedRows, 'stored_hashes'>;

/**
 * Whole grants, grouped from rows by the one grouping aggregation and joined with consents, clients and users. The join
 * happens here, batch by batch: a `$lookup` per grant takes the database ten times as long.
 *
 * @param rows which rows to group; must select whole grants
 * @param now the moment that decides what has expired
 * @param inOrder whether grants come in the order of their six values
 */
export async function* groupIntoGrants(
  store: Store,
  rows: RowFilter,
  now: Date,
  { inOrder = false } = {},
): AsyncGenerator<Joined[]> {
  const pipeline = [...groupRows(rows, now), ...(inOrder ? [{ $sort: { _id: 1 } }] : [])];
  const groups = store.rows.aggregate<GroupedRows>(pipeline, { allowDiskUse: true, batchSize: BATCH });
  for await (const batch of inBatches(groups, BATCH)) yield join(store, batch);
}

async function join(store: Store, groups: GroupedRows[]): Promise<Joined[]> {
  const identities = groups.map(({ _id }) => _id);
  const [{ namesOf }, consents] = await Promise.all([
    readNames(store, identities),
    readConsents(store, new Set(groups.flatMap(({ consent_ids }) => consent_ids.filter(canBeConsentId)))),
  ]);
  return groups.map((group) => {
    const { _id: identity } = group;
    const named = group.consent_ids.flatMap((id) => consents.get(consentKey(id)) ?? []);
    // A row that names a stranger's consent was granted nothing by it.
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

type ConsentOfGrant = { _id: ConsentId } & Partial<Record<'user_id' | 'account_id' | 'granted_at', unknown>>;

/** The first batch has room for one more than can match, which saves asking the database for a second. */
async function readConsents(
  { consents }: Store,
  named: ReadonlySet<ConsentId>,
): Promise<Map<string, ConsentOfGrant>> {
  if (named.size === 0) return new Map();
  const wanted: RowFilter = { _id: { $in: [...named] } };
  const projection = { user_id: 1, account_id: 1, granted_at: 1 };
  const options = { projection, batchSize: named.size + 1 };
  const found = await consents.find<ConsentOfGrant>(wanted, options).toArray();
  return new Map(found.map((consent) => [consentKey(consent._id), consent]));
}
