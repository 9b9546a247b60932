import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { type Grant, groupIntoGrants } from '../grouping.ts';
import { encodeGrantId } from '../identity.ts';
import type { AccountVersions } from './accounts.ts';
import { type GrantDocument, toDocument } from './document.ts';
import { readState } from './state.ts';

/** How many grants are grouped and written in one go. */
const BATCH = 1_000;

/** What it takes to write grants into the read model. */
export interface ModelContext {
  collections: Collections;
  versions: AccountVersions;
}

/**
 * Groups the rows behind some hashes anew and writes the grants they make into the read model; a grant that has no row
 * any more leaves it. Two processes may do this at once to the same grants: of two looks at the rows the later one
 * wins, for it has seen all that made anyone look earlier.
 *
 * @param now the moment that decides what has expired
 */
export async function regroup(context: ModelContext, hashes: bigint[], now: Date): Promise<void> {
  for (let start = 0; start < hashes.length; start += BATCH) {
    await regroupBatch(context, hashes.slice(start, start + BATCH), now);
  }
}

async function regroupBatch(context: ModelContext, hashes: bigint[], now: Date): Promise<void> {
  const grants = nativeCollection<GrantDocument>(context.collections.grants);
  const { time: lookedAt } = await readState(context.collections);
  const [grouped, known] = await Promise.all([
    nativeCollection(context.collections.refreshTokens)
      .aggregate<Grant>(groupIntoGrants({ grant_hash: { $in: hashes } }, now))
      .toArray(),
    grants.find({ grant_hash: { $in: hashes } }, { projection: { _id: 1 } }).toArray(),
  ]);
  const present = new Set(grouped.map(encodeGrantId));
  const gone = known.map(({ _id }) => _id).filter((identity) => !present.has(encodeGrantId(identity)));

  const accounts = [...grouped, ...gone].map(({ account_id }) => account_id);
  const isWhole = await context.versions.change(accounts, async () => {
    const removed = await grants.deleteMany({ _id: { $in: gone }, grouped_at: { $lt: lookedAt } });
    const written = await writeDocuments(
      grants,
      grouped.map((grant) => toDocument(grant, lookedAt)),
    );
    return removed.deletedCount + written === gone.length + grouped.length;
  });
  if (isWhole) return;
  // Others looked too. Where it was in the same millisecond, only one more look can tell who saw more.
  const contested = await grants.distinct('grant_hash', {
    grant_hash: { $in: hashes },
    grouped_at: lookedAt,
  });
  await regroup(
    context,
    contested.filter((hash) => hash !== null),
    now,
  );
}

/** Writes documents where they are the later look; gives how many it wrote. */
export async function writeDocuments(
  grants: mongo.Collection<GrantDocument>,
  documents: GrantDocument[],
): Promise<number> {
  if (documents.length === 0) return 0;
  const result = await grants.bulkWrite(
    documents.map((document) => ({
      updateOne: {
        filter: { _id: document._id },
        update: [{ $replaceWith: { $cond: [isLater(document), '$$ROOT', { $literal: document }] } }],
        upsert: true,
      },
    })),
    { ordered: false },
  );
  return result.modifiedCount + result.upsertedCount;
}

/** Whether what is there comes from a look that was not before this one. */
function isLater({ grouped_at }: GrantDocument): object {
  return { $gte: ['$grouped_at', grouped_at] };
}
