import { inBatches } from '../rows/batches.ts';
import { hashOfRow } from '../rows/grouping.ts';
import { encodeGrantId } from '../rows/identity.ts';
import { groupIntoGrants } from '../rows/joining.ts';
import type { StoredGrant } from '../rows/store.ts';
import { compare, type Difference } from './check.ts';
import type { GrantModel } from './model.ts';
import { IS_SHOWN, toStored } from './stored-grant.ts';

/** The rows of how many grants one query groups. */
const AT_ONCE = 500;

/** The hashes stored in a grant or a row, and the one of a row's own values. */
interface Hashes {
  stored?: unknown;
  own?: unknown;
}

/**
 * Compares the read model with the rows as `differences` does, but only some grants, chosen at random.
 *
 * @param size how many grants of the model, and the grants of how many rows
 */
export async function differencesInSample(model: GrantModel, size: number): Promise<Difference[]> {
  await model.refreshWhole();
  const { rows, grants } = model.store;
  const sample = { $sample: { size } };
  const [ofGrants, ofRows] = await Promise.all([
    grants.aggregate<Hashes>([sample, { $project: { stored: '$grant_hash' } }]).toArray(),
    rows.aggregate<Hashes>([sample, { $project: { stored: '$grant_hash', own: hashOfRow() } }]).toArray(),
  ]);
  const hashes = [...ofGrants, ...ofRows].flatMap(({ stored, own }) => [stored, own]);
  return differencesAt(model, new Set(hashes.filter((hash) => typeof hash === 'bigint')));
}

/** The same for the grants with some hashes. What differs is compared again: it may have been written in between. */
export async function differencesAt(model: GrantModel, hashes: ReadonlySet<bigint>): Promise<Difference[]> {
  const suspects = await compareAll(model, hashes);
  if (suspects.length === 0) return [];
  await model.refreshWhole();
  return compareAll(model, new Set(suspects.map(hashOfDifference)));
}

/** The hash of the grant that a difference is about. */
export function hashOfDifference({ model, rows }: Difference): bigint {
  const content = model ?? rows;
  if (!content) throw new Error('a difference has two sides, and one of them is there');
  return content.grant_hash;
}

async function compareAll(model: GrantModel, hashes: ReadonlySet<bigint>): Promise<Difference[]> {
  const found: Difference[] = [];
  for await (const some of inBatches(hashes, AT_ONCE))
    found.push(...(await compareSome(model, new Set(some))));
  return found;
}

async function compareSome({ store, clock }: GrantModel, hashes: ReadonlySet<bigint>): Promise<Difference[]> {
  const which = { grant_hash: { $in: [...hashes] } };
  const kept = await store.grants.find({ ...which, ...IS_SHOWN }, { batchSize: hashes.size + 1 }).toArray();
  const byId = new Map(kept.map((grant) => [encodeGrantId(grant._id), grant]));
  const found: (Difference | undefined)[] = [];
  for await (const batch of groupIntoGrants(store, which, clock())) {
    for (const grant of batch.map((joined): StoredGrant => toStored(joined, ''))) {
      // Rows with the hash of another grant: these may be some of its rows only, and that other one differs.
      if (!hashes.has(grant.grant_hash)) continue;
      const id = encodeGrantId(grant._id);
      found.push(compare(byId.get(id), grant));
      byId.delete(id);
    }
  }
  for (const grant of byId.values()) found.push(compare(grant, undefined));
  return found.filter((difference) => difference !== undefined);
}
