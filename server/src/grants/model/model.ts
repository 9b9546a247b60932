import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { AccountVersions } from './accounts.ts';
import { ChangedRows } from './changes.ts';
import { CountCache } from './counts.ts';
import type { GrantDocument } from './document.ts';
import { hashAllRows, rebuild } from './rebuild.ts';
import { type ModelContext, regroup } from './regroup.ts';
import { type BuiltProgress, ModelState, type Progress } from './state.ts';

/** How far clocks of writers may be off and commits may come late, in milliseconds. */
const OVERLAP = 10_000;

/** How far the watermark falls behind before it is moved, in milliseconds: to move it costs more than to meet rows again. */
const STRIDE = 2_000;

export interface GrantModelOptions {
  collections: Collections;
  /** Decides what has expired. */
  clock: () => Date;
  /** How many grants are grouped, written or revoked in one go. */
  batchSize?: number;
  /** What writers call now, given the time of the database's own clock. The same, unless a test has them live elsewhere. */
  writersTime?: (databaseTime: Date) => Date;
}

/**
 * The read model: the collection `grants`, one document a grant. Rows are the truth and this is a cache of them, one
 * that never answers before it has asked what changed. Several processes may keep the same one.
 */
export class GrantModel implements ModelContext {
  readonly collections: Collections;
  readonly grants: mongo.Collection<GrantDocument>;
  readonly clock: () => Date;
  readonly state: ModelState;
  readonly versions: AccountVersions;
  readonly counts: CountCache;
  readonly batchSize: number;
  readonly #writersTime: (databaseTime: Date) => Date;
  readonly #changedRows: ChangedRows;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor({ collections, clock, batchSize = 1_000, writersTime = (time) => time }: GrantModelOptions) {
    this.collections = collections;
    this.grants = nativeCollection<GrantDocument>(collections.grants);
    this.clock = clock;
    this.batchSize = batchSize;
    this.state = new ModelState(collections);
    this.versions = new AccountVersions(collections);
    this.counts = new CountCache(this.grants);
    this.#writersTime = writersTime;
    this.#changedRows = new ChangedRows(collections, batchSize);
  }

  /**
   * Brings the model up to date with every row written before the call. Calls that come while a refresh runs share
   * the next one: the running one may have looked before they came.
   */
  refresh(): Promise<void> {
    if (!this.#running) return this.#begin();
    const begin = () => this.#begin();
    this.#next ??= this.#running.then(begin, begin);
    return this.#next;
  }

  /** Builds the model if it has never been built, else refreshes it; says whether it built. */
  async build(): Promise<boolean> {
    const { watermark } = await this.state.read();
    await this.refresh();
    return watermark === undefined;
  }

  /** Makes the whole model anew, whatever it holds. */
  async rebuild(): Promise<void> {
    await this.refresh();
    await rebuild(this);
  }

  /** Rows written before `watermark` are in the model; `time` is what writers put on a row now. */
  async progress(): Promise<{ watermark: Date | undefined; time: Date }> {
    const { watermark, time } = await this.state.read();
    return { watermark, time: this.#writersTime(time) };
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const run = this.#run().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  async #run(): Promise<void> {
    const progress = await this.state.read();
    const reached = new Date(this.#writersTime(progress.time).getTime() - OVERLAP);
    if (!isBuilt(progress)) {
      await hashAllRows(this);
      await rebuild(this);
      await this.state.begin(reached);
      return;
    }
    await Promise.all([this.#takeIn(progress), this.#passTime()]);
    if (reached.getTime() - progress.watermark.getTime() < STRIDE) return;
    await this.state.advance(reached);
    this.#changedRows.forget(reached);
  }

  async #takeIn(progress: BuiltProgress): Promise<void> {
    for (;;) {
      const changes = await this.#changedRows.since(progress);
      await regroup(this, changes.hashes);
      await changes.done();
      if (!changes.more) return;
    }
  }

  /** Time passes for grants whose rows nobody touches; and a clock that was ahead is put back. */
  async #passTime(): Promise<void> {
    const now = this.clock();
    const expired = { status: 'active', live_until: { $lte: now } } as const;
    const early = { status: 'expired', live_until: { $gt: now } } as const;
    const accounts = await this.grants.distinct('_id.account_id', { $or: [expired, early] });
    if (accounts.length === 0) return;
    await this.versions.change(accounts, async () => {
      await this.grants.updateMany(expired, { $set: { status: 'expired' } });
      await this.grants.updateMany(early, { $set: { status: 'active' } });
    });
  }
}

function isBuilt(progress: Progress): progress is BuiltProgress {
  return progress.watermark !== undefined;
}
