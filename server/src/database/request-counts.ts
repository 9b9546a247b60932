import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
import { Condition } from '../condition.ts';
import type { Collections } from './collections.ts';

/** How many requests are admitted in each window. */
export interface Quota {
  requests: number;
  /** The length of the window. */
  seconds: number;
}

/** What a request found. */
export interface Taken {
  /** Whether it was within the quota. Requests beyond it do not count. */
  isAdmitted: boolean;
  /** How many more are admitted in this window. */
  remaining: number;
  /** Seconds until the window ends, from 1. */
  reset: number;
}

/** The requests of one caller in one window. */
interface Count {
  /** The row's. */
  id: string;
  /** When the window ends, in milliseconds since 1970. */
  end: number;
  /** The part of the row's `counts` that is this count's own. Another if the count was forgotten and begins again. */
  part: string;
  /** Those of this server. */
  own: number;
  /** Those of all other parts, as last read. */
  others: number;
}

/** The requests of a caller in a window: the sum of its parts. */
interface CountRow {
  _id: string;
  counts: Record<string, number>;
  expire_at: Date;
}

/** How many counts a server keeps. The ones used least recently are forgotten first. */
const MAX_COUNTS = 50_000;

/** How many counts one statement settles. */
const BATCH = 1_000;

/** The longest that a statement may take; requests do not wait for it. */
const SETTLING_LIMIT_MS = 2_000;

/** How often servers settle their counts, in milliseconds. */
const SETTLE_EVERY_MS = 1_000;

/**
 * Counts requests in fixed windows, together with all other servers of the database. Each counts in memory, so that no
 * request waits; `settle` writes each count to a part of its own in the database, so that a write whose answer was lost can
 * be repeated. Until it does, each knows only its own requests of that time. If the database is away, it goes on
 * with those.
 */
export class RequestCounts {
  readonly #counts = new LRUCache<string, Count>({ max: MAX_COUNTS });
  readonly #rows: mongo.Collection<CountRow>;
  readonly #clock: () => Date;
  #unsettled = new Set<Count>();

  constructor({ rateLimits: { db } }: Pick<Collections, 'rateLimits'>, clock: () => Date) {
    this.#rows = db.collection('rate_limits');
    this.#clock = clock;
  }

  /**
   * Counts a request, unless it is one too many.
   *
   * @param counted identifies what is counted, such as a policy and a caller; of any length
   */
  take(counted: string, { requests, seconds }: Quota): Taken {
    const now = this.#clock().getTime();
    const hash = createHash('sha256').update(counted).digest();
    const length = seconds * 1000;
    // Windows end at another time for each caller, so that those who wait do not all come back at once.
    const shift = hash.readUInt32BE() % length;
    const end = (Math.floor((now + shift) / length) + 1) * length - shift;
    const count = this.#countOf(`${hash.toString('base64url')} ${end}`, end);
    const used = count.others + count.own;
    const reset = Math.max(1, Math.ceil((end - now) / 1000));
    if (used >= requests) return { isAdmitted: false, remaining: 0, reset };
    count.own += 1;
    this.#unsettled.add(count);
    return { isAdmitted: true, remaining: requests - used - 1, reset };
  }

  #countOf(id: string, end: number): Count {
    const known = this.#counts.get(id);
    if (known) return known;
    const count = { id, end, part: randomBytes(9).toString('base64url'), own: 0, others: 0 };
    this.#counts.set(id, count);
    return count;
  }

  /**
   * Writes this server's requests beside those of the others, and reads those.
   *
   * @throws the database's error; no request of this server is lost, and the next call tries again
   */
  async settle(): Promise<void> {
    const now = this.#clock().getTime();
    const counts = [...this.#unsettled].filter(({ id, end }) => end > now && this.#counts.has(id));
    this.#unsettled = new Set(counts);
    for (let at = 0; at < counts.length; at += BATCH) await this.#settle(counts.slice(at, at + BATCH));
  }

  /** Settles every second until it is stopped. Logs when the database is away, and when it is back. */
  async keepSettling(log: Pick<Logger, 'info' | 'warn'>, stopping: AbortSignal): Promise<void> {
    const alone = new Condition(log, {
      begins: 'rate limits count only requests of this server while the database is away',
      ends: 'rate limits count the requests of all servers again',
    });
    while (!stopping.aborted) {
      try {
        await this.settle();
        alone.note(undefined);
      } catch (err) {
        alone.note({ err });
      }
      await sleep(SETTLE_EVERY_MS, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    }
  }

  async #settle(counts: Count[]): Promise<void> {
    const sent = counts.map((count) => ({ count, own: count.own }));
    await this.#rows.bulkWrite(
      sent.map(({ count: { id, end, part }, own }) => ({
        updateOne: {
          filter: { _id: id },
          update: { $max: { [`counts.${part}`]: own }, $setOnInsert: { expire_at: new Date(end) } },
          upsert: true,
        },
      })),
      // A lost count only admits a few requests more.
      { ordered: false, writeConcern: { w: 1, journal: false }, maxTimeMS: SETTLING_LIMIT_MS },
    );
    for (const { count, own } of sent) {
      if (count.own === own) this.#unsettled.delete(count);
    }
    const rows = this.#rows.find(
      { _id: { $in: counts.map(({ id }) => id) } },
      { maxTimeMS: SETTLING_LIMIT_MS },
    );
    for await (const { _id, counts: parts } of rows) {
      const count = this.#counts.peek(_id);
      if (!count) continue;
      const others = Object.entries(parts).filter(([part]) => part !== count.part);
      count.others = others.reduce((sum, [, requests]) => sum + requests, 0);
    }
  }
}
