import type { mongo } from 'mongoose';
import type { Collections, RefreshTokenRow } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { inBatches } from '../batches.ts';
import { hashOfRow } from '../grouping.ts';
import { type Intake, Intakes } from './intakes.ts';
import { type FoundConsent, type FoundRow, type Look, OF_ROW } from './look.ts';
import { Seen } from './seen.ts';
import type { BuiltProgress } from './state.ts';

export interface Changes {
  /** The grants that may have changed, by the hash of their rows. */
  hashes: bigint[];
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
  readonly #intakes: Intakes;
  readonly #seenRows = new Seen<FoundRow>(
    ({ consent_id, created_at, last_used_at, expires_at, revoked_at }) => [
      consent_id,
      created_at,
      last_used_at,
      expires_at,
      revoked_at,
    ],
  );
  readonly #seenConsents = new Seen<FoundConsent>(({ granted_at }) => [granted_at]);
  readonly #batchSize: number;
  #epoch: string | undefined;

  /** @param batchSize how many rows that were never seen are taken in at once, and consents looked up */
  constructor(collections: Collections, batchSize: number) {
    this.#batchSize = batchSize;
    this.#rows = nativeCollection<RefreshTokenRow>(collections.refreshTokens);
    this.#intakes = new Intakes(collections);
  }

  /** @param progress of the model, as the look found it */
  async among({ unseen, intakes, ...found }: Look, progress: BuiltProgress): Promise<Changes> {
    this.#enter(progress.epoch);
    const isNews = newsOf(progress);
    const rows = found.rows.filter((row) => isNews(row) && !this.#seenRows.has(row));
    const consents = found.consents.filter((row) => isNews(row) && !this.#seenConsents.has(row));
    const hashed = rows.filter(({ grant_hash }) => typeof grant_hash === 'bigint');
    const hashes = new Set(hashesIn(hashed));
    for (const intake of intakes) for (const hash of await this.#take(intake)) hashes.add(hash);
    const taken: FoundRow[] = [];
    for (let next = unseen; next.length > 0; next = await this.#unseenAfter(next)) {
      const intake = await this.#intakes.record({ rows: next.map(({ _id }) => _id) });
      for (const hash of await this.#take(intake)) hashes.add(hash);
      intakes.push(intake);
      taken.push(...next);
    }
    for (const hash of await this.#hashesOf(consents)) hashes.add(hash);
    return {
      hashes: [...hashes],
      done: async () => {
        const over = intakes.filter(({ keep_until }) => keep_until <= progress.time);
        await this.#intakes.delete(over.map(({ _id }) => _id));
        this.#seenRows.remember([...hashed, ...taken]);
        this.#seenConsents.remember(consents);
      },
    };
  }

  /** Forgets what lies before the watermark: it will not be met again. */
  forget(watermark: Date): void {
    this.#seenRows.forget(watermark);
    this.#seenConsents.forget(watermark);
  }

  /** What was met in another epoch of the model counts for nothing. */
  #enter(epoch: string | undefined): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#seenRows.clear();
    this.#seenConsents.clear();
  }

  /** More rows that no refresh has met, where a batch was full. */
  async #unseenAfter(batch: FoundRow[]): Promise<FoundRow[]> {
    if (batch.length < this.#batchSize) return [];
    const unseen = this.#rows.find<FoundRow>({ grant_hash: null as never }, { projection: OF_ROW });
    return unseen.limit(this.#batchSize).batchSize(this.#batchSize).toArray();
  }

  /** Once a row has its hash nothing would tell that the model lacks it, hence the intake. */
  async #take({ rows, hashes }: Intake): Promise<bigint[]> {
    if (rows.length === 0) return hashes;
    const which = { _id: { $in: rows } };
    await this.#rows.updateMany({ ...which, grant_hash: null as never }, [
      { $set: { grant_hash: hashOfRow() } },
    ]);
    return [...hashes, ...(await this.#hashesOfRows(which))];
  }

  async #hashesOf(consents: FoundConsent[]): Promise<bigint[]> {
    const hashes: bigint[] = [];
    for await (const batch of inBatches(consents, this.#batchSize)) {
      const user_id = { $in: [...new Set(batch.map((consent) => consent.user_id))] };
      const consent_id = { $in: batch.map(({ _id }) => _id) };
      hashes.push(...(await this.#hashesOfRows({ user_id, consent_id })));
    }
    return hashes;
  }

  async #hashesOfRows(filter: mongo.Filter<RefreshTokenRow>): Promise<bigint[]> {
    return hashesIn(await this.#rows.find(filter, { projection: { grant_hash: 1 } }).toArray());
  }
}

function hashesIn(rows: Pick<FoundRow, 'grant_hash'>[]): bigint[] {
  return rows.flatMap(({ grant_hash }) => (typeof grant_hash === 'bigint' ? grant_hash : []));
}

/** Tells what the read model may lack from what it has, as is known by now. */
function newsOf({
  watermark,
  own_batches = [],
}: BuiltProgress): (row: Pick<FoundRow, 'updated_at' | 'revocation_id'>) => boolean {
  const key = (id: unknown, at: Date) => `${id} ${at.getTime()}`;
  const own = new Set(own_batches.map(({ id, at }) => key(id, at)));
  return ({ updated_at, revocation_id }) =>
    updated_at >= watermark && !own.has(key(revocation_id, updated_at));
}
