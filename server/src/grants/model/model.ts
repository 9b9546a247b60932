import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { AccountVersions } from './accounts.ts';
import { ChangedRows } from './changes.ts';
import { CountCache } from './counts.ts';
import type { GrantDocument } from './document.ts';
import { rebuild } from './rebuild.ts';
import { type ModelContext, regroup } from './regroup.ts';
import { advanceWatermark, readState } from './state.ts';

/** How far clocks of writers may be off and commits may come late, in milliseconds. */
const OVERLAP = 10_000;

export interface GrantModelOptions {
  collections: Collections;
  /** Decides what has expired. */
  clock: () => Date;
  /** What writers call now, given the time of the database's own clock. Theirs, unless a test has them live elsewhere. */
  writersTime?: (databaseTime: Date) => Date;
}

/**
 * The read model: the collection `grants`, one document a grant. Rows are the truth and this is a cache of them, one
 * that never answers before it has asked what changed. Several processes may keep the same one.
 */
export class GrantModel implements ModelContext {
  readonly collections: Collections;
  readonly clock: () => Date;
  readonly versions: AccountVersions;
  readonly counts: CountCache;
  readonly #writersTime: (databaseTime: Date) => Date;
  readonly #changedRows: ChangedRows;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor({ collections, clock, writersTime = (time) => time }: GrantModelOptions) {
    this.collections = collections;
    this.clock = clock;
    this.versions = new AccountVersions(collections);
    this.counts = new CountCache(collections);
    this.#writersTime = writersTime;
    this.#changedRows = new ChangedRows(collections);
  }

  /**
   * Brings the model up to date with every row written before the call. Calls that come while a refresh runs share
   * the next one: the running one may have looked before they came.
   */
  refresh(): Promise<void> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Groups the rows behind some hashes anew, at once. */
  regroup(hashes: bigint[]): Promise<void> {
    return regroup(this, hashes, this.clock());
  }

  /** The time that writers put on their rows. */
  async writersTime(): Promise<Date> {
    return this.#writersTime((await readState(this.collections)).time);
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const run = this.#run().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  async #run(): Promise<void> {
    const { watermark, time } = await readState(this.collections);
    const reached = new Date(this.#writersTime(time).getTime() - OVERLAP);
    if (!watermark) {
      await rebuild(this, this.clock());
      await advanceWatermark(this.collections, reached);
      return;
    }
    await Promise.all([this.#takeIn(watermark), this.#expire()]);
    // Not at every refresh: a write costs more than to meet some rows again.
    if (reached.getTime() - watermark.getTime() > OVERLAP) {
      await advanceWatermark(this.collections, reached);
      this.#changedRows.forget(reached);
    }
  }

  async #takeIn(watermark: Date): Promise<void> {
    for (;;) {
      const changes = await this.#changedRows.since(watermark);
      if (changes.hashes.length > 0) await regroup(this, changes.hashes, this.clock());
      changes.remember();
      if (!changes.more) return;
    }
  }

  /** Time passes for grants whose rows nobody touches. */
  async #expire(): Promise<void> {
    const grants = nativeCollection<GrantDocument>(this.collections.grants);
    const overdue = { status: 'active', live_until: { $lte: this.clock() } } as const;
    const accounts = await grants.distinct('_id.account_id', overdue);
    if (accounts.length === 0) return;
    await this.versions.change(accounts, () => grants.updateMany(overdue, { $set: { status: 'expired' } }));
  }
}
