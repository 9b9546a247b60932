import { createHash, randomInt, randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { type Collections, IDEMPOTENCY_KEY_DAYS, type IdempotencyKeyRow } from './collections.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { isOver, keepRenewing, lasting } from './lease.ts';

/** How many keys of a caller are kept. */
export const MAX_KEYS = 1_000;

const KEPT_MS = IDEMPOTENCY_KEY_DAYS * 86_400_000;

/** How long a claim lasts by the database's clock, unless it is renewed, in milliseconds. */
const LEASE_MS = 20_000;
const RENEWAL_MS = 5_000;

/** A request with a key. */
export interface KeyedRequest {
  /** Identifies the caller; keys of different callers never meet. */
  caller: string;
  key: string;
  /** Identifies the request: the same for every repetition, another for any other request. */
  request: string;
}

/** What is known of a key once it has been claimed. */
export type Claim =
  /** The request is this caller's to carry out. */
  | { state: 'claimed'; claim: OwnClaim }
  /** It has been carried out. */
  | { state: 'done'; answer: string }
  /** It is being carried out, for so many milliseconds now. */
  | { state: 'running'; duration: number }
  /** The key is that of another request. */
  | { state: 'reused' }
  /** The caller has as many keys as may be kept. The oldest is forgotten in `room` milliseconds. */
  | { state: 'full'; room: number };

/** The right to carry a request out. It renews itself until one of its methods ends it. */
export interface OwnClaim {
  /** The same for every attempt at the request. */
  revocation_id: string;
  /** Whether an earlier attempt may have done a part. */
  isRepeated: boolean;
  /** Keeps the answer for repetitions; returns false if the claim has been lost to another attempt. */
  finish(answer: string): Promise<boolean>;
  /** Leaves the rest of the work to the next attempt. */
  release(): Promise<void>;
  /** Forgets the key: nothing was done. */
  forget(): Promise<void>;
}

/**
 * The keys with which callers repeat requests safely, shared by all servers. A key is kept for 24 hours from its first
 * request. Keys and callers are stored as hashes only.
 */
export class IdempotencyKeys {
  readonly #rows: mongo.Collection<IdempotencyKeyRow>;
  readonly #clock: () => Date;

  constructor({ idempotencyKeys: { db } }: Pick<Collections, 'idempotencyKeys'>, clock: () => Date) {
    this.#rows = db.collection('idempotency_keys');
    this.#clock = clock;
  }

  /**
   * Claims a key for a request, in one atomic step: of many claims at once, on any server, one gets it. A claim whose
   * process has died is taken over once its lease has run out.
   */
  async claim({ caller: name, key, request }: KeyedRequest): Promise<Claim> {
    const caller = hashOf([name]);
    const _id = hashOf([name, key]);
    const holder = randomUUID();
    const revocation_id = randomUUID();
    let slot = randomInt(MAX_KEYS);
    for (;;) {
      const at = this.#clock();
      const first = { caller, slot, request, revocation_id, at, holder };
      try {
        const row = await this.#rows.findOneAndUpdate({ _id }, claiming(first), {
          upsert: true,
          returnDocument: 'after',
        });
        if (row) return this.#describe(row, first);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Another request with this key was faster: there is a row to look at now, and no room is needed.
        if (isOfId(error)) continue;
        const room = await this.#findRoom(caller, at);
        if ('full' in room) return { state: 'full', room: room.full };
        slot = room.slot;
      }
    }
  }

  #describe(row: IdempotencyKeyRow, own: Omit<IdempotencyKeyRow, '_id'>): Claim {
    if (row.request !== own.request) return { state: 'reused' };
    if (row.answer != null) return { state: 'done', answer: row.answer };
    if (row.holder !== own.holder) return { state: 'running', duration: own.at.getTime() - row.at.getTime() };
    const isRepeated = row.revocation_id !== own.revocation_id;
    const claim = { revocation_id: row.revocation_id, isRepeated, ...this.#hold(row._id, row.holder) };
    return { state: 'claimed', claim };
  }

  #hold(_id: string, holder: string | null | undefined): Pick<OwnClaim, 'finish' | 'release' | 'forget'> {
    const own = { _id, holder: holder ?? '' };
    const renew = () => this.#rows.updateOne(own, [{ $set: { until: LEASE_END } }]);
    // One that fails is made up for by the next, or the claim is lost: `finish` notices.
    const end = keepRenewing(renew, RENEWAL_MS, () => undefined);
    const unclaimed = { holder: '', until: '' } as const;
    return {
      finish: async (answer) => {
        end();
        const { matchedCount } = await this.#rows.updateOne(own, { $set: { answer }, $unset: unclaimed });
        return matchedCount === 1;
      },
      release: async () => {
        end();
        await this.#rows.updateOne(own, { $unset: unclaimed });
      },
      forget: async () => {
        end();
        await this.#rows.deleteOne(own);
      },
    };
  }

  /** Finds a place for one more key of a caller. The database deletes old keys with a delay: they take none. */
  async #findRoom(caller: string, now: Date): Promise<{ slot: number } | { full: number }> {
    const projection = { slot: 1, at: 1 } as const;
    const kept = await this.#rows.find({ caller }, { projection, batchSize: MAX_KEYS + 1 }).toArray();
    const old = new Date(now.getTime() - KEPT_MS);
    if (kept.some(({ at }) => at <= old)) await this.#rows.deleteMany({ caller, at: { $lte: old } });
    const living = kept.filter(({ at }) => at > old);
    const taken = new Set(living.map(({ slot }) => slot));
    const free = Array.from({ length: MAX_KEYS }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    const slot = free[randomInt(Math.max(1, free.length))];
    if (slot !== undefined) return { slot };
    return { full: Math.min(...living.map(({ at }) => at.getTime() - old.getTime())) };
  }
}

const LEASE_END = lasting(LEASE_MS);

/**
 * Inserts a key, replaces one that is too old, or takes over one that nobody holds; leaves any other as it is.
 */
function claiming(first: Omit<IdempotencyKeyRow, '_id'>): object[] {
  const { slot, ...values } = first;
  const isNew = { $lte: [{ $ifNull: ['$at', new Date(0)] }, new Date(first.at.getTime() - KEPT_MS)] };
  const isFree = {
    $and: [
      { $eq: ['$request', values.request] },
      { $eq: [{ $type: '$answer' }, 'missing'] },
      isOver('$until'),
    ],
  };
  // Each key of a caller has a slot of its own, so that there are never more keys than slots.
  const inserted = { _id: '$_id', slot: { $ifNull: ['$slot', slot] }, ...values, until: LEASE_END };
  const takenOver = { $mergeObjects: ['$$ROOT', { holder: values.holder, until: LEASE_END }] };
  const known = { $cond: [isFree, takenOver, '$$ROOT'] };
  return [{ $replaceWith: { $cond: [isNew, inserted, known] } }];
}

/** Starts with a letter, so that no statement takes it for the name of a field. */
function hashOf(values: string[]): string {
  return `h${createHash('sha256').update(JSON.stringify(values)).digest('base64url')}`;
}

/** Whether the key itself is taken, and not the slot. */
function isOfId({ keyPattern }: mongo.MongoServerError): boolean {
  return Object.keys(Object(keyPattern)).join() === '_id';
}
