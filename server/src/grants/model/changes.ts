import type { mongo } from 'mongoose';
import type { Collections, ConsentRow, RefreshTokenRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { identityOfRow } from '../grouping.ts';

/** How many rows that were never seen are taken in at once. */
const UNSEEN_BATCH = 5_000;

/** What of a row the read model shows; when all of it is as it was, the row has nothing new to say. */
const SHOWN = {
  grant_hash: 1,
  consent_id: 1,
  created_at: 1,
  last_used_at: 1,
  expires_at: 1,
  revoked_at: 1,
  updated_at: 1,
} as const;

export interface Changes {
  /** The grants that may have changed, by the hash of their rows. */
  hashes: bigint[];
  /** Whether there may be more than what was taken in at once. */
  more: boolean;
  /** Call it when the read model has taken them in: the same will not be found again. */
  remember(): void;
}

/**
 * Finds rows that are new to the read model: those without a hash, which only we write, and those written since the
 * watermark. The watermark stays behind the time by an overlap, for commits that come late and clocks that are off, so
 * rows are met more than once; what this process took in already is passed over.
 */
export class ChangedRows {
  readonly #collections: Collections;
  readonly #rows;
  readonly #consents;
  /** What rows and consents written since the watermark looked like, by id. */
  #seen = new Map<string, { updated_at: Date; looks: string }>();

  constructor(collections: Collections) {
    this.#collections = collections;
    this.#rows = nativeCollection<RefreshTokenRow>(collections.refreshTokens);
    this.#consents = nativeCollection<ConsentRow>(collections.consents);
  }

  async since(watermark: Date): Promise<Changes> {
    const [own, unseen, consents] = await Promise.all([
      this.#ownChanges(watermark),
      this.#rows
        .find({ grant_hash: null as never }, { projection: { _id: 1 } })
        .limit(UNSEEN_BATCH)
        .toArray(),
      this.#consents
        .find(
          { updated_at: { $gte: watermark } },
          { projection: { user_id: 1, granted_at: 1, updated_at: 1 } },
        )
        .toArray(),
    ]);
    const rows = await this.#rows.find(withoutOwn(watermark, own), { projection: SHOWN }).toArray();
    const newRows = rows.filter((row) => row.grant_hash !== undefined && this.#isNew(row));
    const newConsents = consents.filter((consent) => this.#isNew(consent));
    const hashes = new Set(newRows.flatMap(({ grant_hash }) => grant_hash ?? []));
    if (unseen.length > 0)
      for (const hash of await this.#giveHashes(unseen.map(({ _id }) => _id))) hashes.add(hash);
    if (newConsents.length > 0) for (const hash of await this.#hashesOf(newConsents)) hashes.add(hash);
    return {
      hashes: [...hashes],
      more: unseen.length === UNSEEN_BATCH,
      remember: () => {
        for (const row of [...newRows, ...newConsents]) this.#seen.set(row._id, seen(row));
      },
    };
  }

  /** Forgets what lies before the watermark: it will not be met again. */
  forget(watermark: Date): void {
    for (const [id, { updated_at }] of this.#seen) if (updated_at < watermark) this.#seen.delete(id);
  }

  #isNew(row: { _id: string; updated_at: Date }): boolean {
    return this.#seen.get(row._id)?.looks !== seen(row).looks;
  }

  /** The writes of bulk revocations that the read model has already: which of them, and when. */
  async #ownChanges(watermark: Date): Promise<{ ids: string[]; times: Date[] }> {
    const revocations = await nativeCollection<{ _id: string; batches: Date[] }>(
      this.#collections.revocations,
    )
      .find({ batches: { $gte: watermark } }, { projection: { batches: 1 } })
      .toArray();
    const times = revocations.flatMap(({ batches }) => batches.filter((at) => at >= watermark));
    return { ids: revocations.map(({ _id }) => _id), times };
  }

  async #giveHashes(ids: string[]): Promise<bigint[]> {
    await this.#rows.updateMany({ _id: { $in: ids } }, [{ $set: { grant_hash: HASH } }]);
    return this.#distinctHashes({ _id: { $in: ids } });
  }

  #hashesOf(consents: Pick<ConsentRow, '_id' | 'user_id'>[]): Promise<bigint[]> {
    const user_id = { $in: [...new Set(consents.map((consent) => consent.user_id))] };
    return this.#distinctHashes({ user_id, consent_id: { $in: consents.map(({ _id }) => _id) } });
  }

  async #distinctHashes(filter: mongo.Filter<RefreshTokenRow>): Promise<bigint[]> {
    return (await this.#rows.distinct('grant_hash', filter)).flatMap((hash) =>
      typeof hash === 'bigint' ? hash : [],
    );
  }
}

/** The hash of a row's six values. The engine has one for sharding, so the server's own code need not know them. */
export const HASH = { $toHashedIndexKey: identityOfRow() };

function seen(row: { _id: string; updated_at: Date }) {
  return { updated_at: row.updated_at, looks: JSON.stringify({ ...row, grant_hash: undefined }) };
}

/** Rows written since the watermark, but for those that a bulk revocation wrote; said so that an index can jump over them. */
function withoutOwn(watermark: Date, own: { ids: string[]; times: Date[] }): mongo.Filter<RefreshTokenRow> {
  if (own.ids.length === 0) return { updated_at: { $gte: watermark } };
  return {
    $or: [
      { updated_at: { $gte: watermark, $nin: own.times } },
      { updated_at: { $in: own.times }, revocation_id: { $nin: own.ids } },
    ],
  };
}
