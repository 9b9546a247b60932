import type { Logger } from 'pino';
import { type ClockDifference, differenceTo, noticed } from '../clock-difference.ts';
import { Condition } from '../condition.ts';
import type { Collections } from './collections.ts';
import { databaseTime } from './time.ts';

/** How often it looks, in milliseconds. */
const EVERY_MS = 15_000;
/** When the database counts as away, and when as slow, in milliseconds. */
const LIMIT_MS = 2_000;
const SLOW_MS = 1_000;

/** What a look found. */
export interface DatabaseState {
  isUp: boolean;
  /** How long the answer took, in milliseconds; undefined if there was none. */
  took?: number;
  clock?: ClockDifference;
}

export interface DatabaseWatchOptions {
  collections: Collections;
  clock: () => Date;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** Looks whether the database answers, how fast, and whether its clock is ours; logs when that changes. */
export class DatabaseWatch {
  readonly #options: DatabaseWatchOptions;
  readonly #away: Condition;
  readonly #slow: Condition;
  readonly #clocks: Condition;
  #looking: Promise<DatabaseState> | undefined;

  constructor(options: DatabaseWatchOptions) {
    this.#options = options;
    const { log } = options;
    this.#away = new Condition(log, {
      begins: 'the database does not answer',
      ends: 'the database answers again',
    });
    this.#slow = new Condition(log, {
      begins: 'the database is slow to answer',
      ends: 'the database answers in time again',
    });
    this.#clocks = new Condition(log, {
      begins: "the clock of this machine differs from the database's",
      ends: "the clock of this machine agrees with the database's again",
    });
  }

  /** Looks now; takes 2 seconds at most. Callers at the same time share a look. */
  look(): Promise<DatabaseState> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /**
   * Looks every 15 seconds.
   *
   * @returns stops it; resolves once a look under way is over
   */
  start(): () => Promise<unknown> {
    const timer = setInterval(() => void this.look(), EVERY_MS).unref();
    return async () => {
      clearInterval(timer);
      await this.#looking;
    };
  }

  async #look(): Promise<DatabaseState> {
    const { collections, clock } = this.#options;
    const asked = clock().getTime();
    try {
      const time = await databaseTime(collections, LIMIT_MS);
      const answered = clock().getTime();
      const took = answered - asked;
      const difference = differenceTo(time.getTime(), asked, answered);
      this.#away.note(undefined);
      this.#slow.note(took < SLOW_MS ? undefined : { seconds: took / 1_000 });
      this.#clocks.note(noticed(difference));
      return { isUp: true, took, clock: difference };
    } catch (err) {
      this.#away.note({ err });
      return { isUp: false };
    }
  }
}
