import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Collections, ConsentRow, RefreshTokenRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { hashOfRow } from '../grouping.ts';
import { Seen } from './seen.ts';
import type { BuiltProgress, OwnBatch } from './state.ts';

/** What of a row the read model shows. */
const SHOWN = {
  grant_hash: 1,
  consent_id: 1,
  created_at: 1,
  last_used_at: 1,
  expires_at: 1,
  revoked_at: 1,
  updated_at: 1,
} as const;

const SHOWN_OF_CONSENT = { user_id: 1, granted_at: 1, updated_at: 1 } as const;

type ShownRow = Pick<RefreshTokenRow, '_id' | keyof typeof SHOWN>;
type ShownConsent = Pick<ConsentRow, '_id' | keyof typeof SHOWN_OF_CONSENT>;

/** What somebody is about to bring into the read model, so that another can, should they fall. Everyone does. */
export interface Intake {
  _id: string;
  /** Rows that get their hash. */
  rows: string[];
  /** Hashes of rows that change. */
  hashes: bigint[];
  /** From when on others may delete it: when whoever wrote it is through with it, or must have fallen. */
  keep_until: Date;
}

const AT_ONCE = new Date(0);

export interface Changes {
  /** The grants that may have changed, by the hash of their rows. */
  hashes: bigint[];
  /** Whether there may be more than what was taken in at once. */
  more: boolean;
  /** Call it when the read model has them: they will not be found again. */
  done(): Promise<void>;
}

/**
 * Finds rows that are new to the read model: those without a hash, which only we write, and those written since the
 * watermark. The watermark stays behind the time by an overlap, for commits that come late and clocks that are off, so
 * rows are met more than once; what this process took in already is passed over.
 */
export class ChangedRows {
  readonly #rows: mongo.Collection<RefreshTokenRow>;
  readonly #consents: mongo.Collection<ConsentRow>;
  readonly #intakes: mongo.Collection<Intake>;
  readonly #seenRows = new Seen<ShownRow>(
    ({ consent_id, created_at, last_used_at, expires_at, revoked_at }) =>
      looks(consent_id, created_at, last_used_at, expires_at, revoked_at),
  );
  readonly #seenConsents = new Seen<ShownConsent>(({ granted_at }) => looks(granted_at));

  readonly #batchSize: number;

  /** @param batchSize how many rows that were never seen are taken in at once, and consents looked up */
  constructor(collections: Collections, batchSize: number) {
    this.#batchSize = batchSize;
    this.#rows = nativeCollection<RefreshTokenRow>(collections.refreshTokens);
    this.#consents = nativeCollection<ConsentRow>(collections.consents);
    this.#intakes = nativeCollection<Intake>(collections.modelIntakes);
  }

  /** @param progress read before: what happens after is found the next time */
  async since({ watermark, epoch, own_batches = [], time }: BuiltProgress): Promise<Changes> {
    this.#seenRows.enter(epoch);
    this.#seenConsents.enter(epoch);
    const own = own_batches.filter(({ at }) => at >= watermark);
    const [rows, consents, { unseen, intakes }] = await Promise.all([
      this.#seenRows.newOnes(this.#rows.find<ShownRow>(writtenSince(watermark, own), { projection: SHOWN })),
      this.#seenConsents.newOnes(
        this.#consents.find<ShownConsent>(writtenSince(watermark, own), { projection: SHOWN_OF_CONSENT }),
      ),
      this.#unseen(),
    ]);
    const hashed = rows.filter(({ grant_hash }) => typeof grant_hash === 'bigint');
    const hashes = new Set(hashed.flatMap(({ grant_hash }) => grant_hash ?? []));
    if (unseen.length > 0) intakes.push(await this.#record(unseen.map(({ _id }) => _id)));
    for (const intake of intakes) for (const hash of await this.#take(intake)) hashes.add(hash);
    for (const hash of await this.#hashesOf(consents)) hashes.add(hash);
    return {
      hashes: [...hashes],
      more: unseen.length === this.#batchSize,
      done: async () => {
        const over = intakes.filter(({ keep_until }) => keep_until <= time).map(({ _id }) => _id);
        if (over.length > 0) await this.#intakes.deleteMany({ _id: { $in: over } });
        this.#seenRows.remember([...hashed, ...unseen]);
        this.#seenConsents.remember(consents);
      },
    };
  }

  /** Forgets what lies before the watermark: it will not be met again. */
  forget(watermark: Date): void {
    this.#seenRows.forget(watermark);
    this.#seenConsents.forget(watermark);
  }

  /** In this order: a row that got its hash in between has an intake. */
  async #unseen() {
    const unseen = await this.#rows
      .find<ShownRow>({ grant_hash: null as never }, { projection: SHOWN })
      .limit(this.#batchSize)
      .toArray();
    const intakes = await this.#intakes.find({ keep_until: { $type: 'date' } }).toArray();
    return { unseen, intakes };
  }

  /** Once a row has its hash nothing would tell that the model lacks it, so this is written down before. */
  async #record(rows: string[]): Promise<Intake> {
    const intake = { _id: randomUUID(), rows, hashes: [], keep_until: AT_ONCE };
    await this.#intakes.insertOne(intake);
    return intake;
  }

  async #take({ rows, hashes }: Intake): Promise<bigint[]> {
    if (rows.length === 0) return hashes;
    const which = { _id: { $in: rows } };
    await this.#rows.updateMany({ ...which, grant_hash: null as never }, [
      { $set: { grant_hash: hashOfRow() } },
    ]);
    return [...hashes, ...(await this.#distinctHashes(which))];
  }

  async #hashesOf(consents: ShownConsent[]): Promise<bigint[]> {
    const hashes: bigint[] = [];
    for (let start = 0; start < consents.length; start += this.#batchSize) {
      const batch = consents.slice(start, start + this.#batchSize);
      const user_id = { $in: [...new Set(batch.map((consent) => consent.user_id))] };
      const consent_id = { $in: batch.map(({ _id }) => _id) };
      hashes.push(...(await this.#distinctHashes({ user_id, consent_id })));
    }
    return hashes;
  }

  async #distinctHashes(filter: mongo.Filter<RefreshTokenRow>): Promise<bigint[]> {
    const hashes = await this.#rows.distinct('grant_hash', filter);
    return hashes.flatMap((hash) => (typeof hash === 'bigint' ? hash : []));
  }
}

function looks(...values: unknown[]): string {
  return values.map((value) => (value instanceof Date ? value.getTime() : value)).join();
}

/**
 * What was written since the watermark, but for what bulk revocations wrote and brought into the model themselves; said
 * so that an index can jump over that.
 */
function writtenSince(watermark: Date, own: OwnBatch[]): object {
  if (own.length === 0) return { updated_at: { $gte: watermark } };
  const times = own.map(({ at }) => at);
  return {
    $or: [
      { updated_at: { $gte: watermark, $nin: times } },
      { updated_at: { $in: times }, revocation_id: { $nin: own.map(({ id }) => id) } },
    ],
  };
}
