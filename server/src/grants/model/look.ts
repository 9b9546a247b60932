import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import type { Intake } from './intakes.ts';
import { type BuiltProgress, type OwnBatch, PROGRESS, type Progress, STATE } from './state.ts';

/** A row that was written lately, or that no refresh has met. */
export interface FoundRow {
  _id: string;
  updated_at: Date;
  /** Missing on a row that no refresh has met. */
  grant_hash?: unknown;
  revocation_id?: unknown;
  consent_id?: unknown;
  created_at?: unknown;
  last_used_at?: unknown;
  expires_at?: unknown;
  revoked_at?: unknown;
}

export interface FoundConsent {
  _id: string;
  updated_at: Date;
  revocation_id?: unknown;
  user_id: string;
  granted_at?: unknown;
}

/** All that a refresh has to know. */
export interface Look {
  rows: FoundRow[];
  unseen: FoundRow[];
  consents: FoundConsent[];
  intakes: Intake[];
  /** Accounts with a grant that has expired, or no longer has, for each such grant. */
  overtaken: string[];
  /** How far the model is, read after the rows; undefined where there is no state. */
  progress: Progress | undefined;
}

type Found =
  | ({ kind: 'row' } & FoundRow)
  | ({ kind: 'unseen' } & FoundRow)
  | ({ kind: 'consent' } & FoundConsent)
  | ({ kind: 'intake' } & Intake)
  | { kind: 'overtaken'; account_id: string }
  | { kind: 'progress'; progress: Progress };

/**
 * Looks for all that may have changed, in one command: when nothing has, commands are what a refresh costs.
 *
 * The order matters. A row that gets its hash between two parts has an intake, so intakes come after; a batch is noted
 * in the state when the model has it, so what is noted at the end is in the model.
 *
 * @param limit how many rows that no refresh has met are found at once
 */
export async function look(
  collections: Collections,
  { watermark, own_batches = [] }: BuiltProgress,
  now: Date,
  limit: number,
): Promise<Look> {
  const changed = { $match: writtenSince(watermark, own_batches) };
  const overtaken = [
    { status: 'active', live_until: { $lte: now } },
    { status: 'expired', live_until: { $gt: now } },
  ];
  const found = await nativeCollection(collections.refreshTokens)
    .aggregate<Found>(
      [
        changed,
        { $project: { kind: 'row', ...OF_ROW } },
        union(collections.refreshTokens, [
          { $match: { grant_hash: null } },
          { $limit: limit },
          { $project: { kind: 'unseen', ...OF_ROW } },
        ]),
        union(collections.consents, [changed, { $project: { kind: 'consent', ...OF_CONSENT } }]),
        union(collections.modelIntakes, [
          { $match: { keep_until: { $type: 'date' } } },
          { $set: { kind: 'intake' } },
        ]),
        union(collections.grants, [
          { $match: { $or: overtaken } },
          { $project: { _id: 0, kind: 'overtaken', account_id: '$_id.account_id' } },
        ]),
        union(collections.modelState, [
          { $match: STATE },
          { $project: { kind: 'progress', progress: PROGRESS } },
        ]),
      ],
      { batchSize: 10_000 },
    )
    .toArray();
  const seen: Look = { rows: [], unseen: [], consents: [], intakes: [], overtaken: [], progress: undefined };
  for (const one of found) {
    if (one.kind === 'progress') seen.progress = one.progress;
    else if (one.kind === 'overtaken') seen.overtaken.push(one.account_id);
    else if (one.kind === 'intake') seen.intakes.push(one);
    else if (one.kind === 'consent') seen.consents.push(one);
    else if (one.kind === 'unseen') seen.unseen.push(one);
    else seen.rows.push(one);
  }
  return seen;
}

/** What of a row the read model shows, and how it is found. */
export const OF_ROW = {
  grant_hash: 1,
  revocation_id: 1,
  consent_id: 1,
  created_at: 1,
  last_used_at: 1,
  expires_at: 1,
  revoked_at: 1,
  updated_at: 1,
};

const OF_CONSENT = { updated_at: 1, revocation_id: 1, user_id: 1, granted_at: 1 };

function union({ collection }: { collection: { name: string } }, pipeline: object[]): object {
  return { $unionWith: { coll: collection.name, pipeline } };
}

/**
 * What was written since the watermark, but for what bulk revocations wrote and brought into the model themselves; said
 * so that an index can jump over that.
 */
function writtenSince(watermark: Date, own_batches: OwnBatch[]): object {
  const own = own_batches.filter(({ at }) => at >= watermark);
  if (own.length === 0) return { updated_at: { $gte: watermark } };
  const others = own.map(({ at }) => {
    const atThatTime = own.filter((batch) => batch.at.getTime() === at.getTime());
    return { updated_at: at, revocation_id: { $nin: atThatTime.map(({ id }) => id) } };
  });
  return { $or: [{ updated_at: { $gte: watermark, $nin: own.map(({ at }) => at) } }, ...others] };
}
