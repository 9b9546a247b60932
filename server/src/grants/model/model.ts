import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { AccountVersions } from './accounts.ts';
import { ChangedRows } from './changes.ts';
import { CountCache } from './counts.ts';
import type { GrantDocument } from './document.ts';
import { look } from './look.ts';
import { hashAllRows, rebuild } from './rebuild.ts';
import { type ModelContext, regroup } from './regroup.ts';
import { type BuiltProgress, ModelState, type OwnBatch, type Progress } from './state.ts';

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
  /** How far the model was at the last look, and when that was, in milliseconds of this process. */
  #latest: { progress: BuiltProgress; at: number } | undefined;
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
    if (!(await this.build())) await rebuild(this);
  }

  /** Rows written before `watermark` are in the model; `time` is what writers put on a row now. */
  async progress(): Promise<{ watermark: Date | undefined; time: Date }> {
    const { watermark, time } = await this.state.read();
    return { watermark, time: this.#writersTime(time) };
  }

  /** Notes that a batch of a bulk revocation is in the model: no look has to go through its rows. */
  async addOwn(batch: OwnBatch): Promise<void> {
    await this.state.addOwn(batch);
    this.#latest = undefined;
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
    let progress = this.#recentProgress() ?? (await this.state.read());
    let more = true;
    while (more) {
      if (!isBuilt(progress)) return this.#buildFromNothing(progress);
      const since = progress;
      const found = await look(this.collections, since, this.clock(), this.batchSize);
      progress = found.progress ?? (await this.state.read());
      if (!isContinued(since, progress)) continue;
      const changes = await this.#changedRows.among(found, progress);
      await Promise.all([regroup(this, changes.hashes), this.#passTime(found.overtaken)]);
      await changes.done();
      more = changes.more;
    }
    if (isBuilt(progress)) await this.#advance(progress);
  }

  /** A look finds out itself how far the model is by now; it only must not begin long ago. */
  #recentProgress(): BuiltProgress | undefined {
    return this.#latest && performance.now() - this.#latest.at < STRIDE ? this.#latest.progress : undefined;
  }

  async #buildFromNothing({ time }: Progress): Promise<void> {
    await hashAllRows(this);
    await rebuild(this);
    await this.state.begin(this.#reachedAt(time));
  }

  async #advance(progress: BuiltProgress): Promise<void> {
    this.#latest = { progress, at: performance.now() };
    const reached = this.#reachedAt(progress.time);
    if (reached.getTime() - progress.watermark.getTime() < STRIDE) return;
    await this.state.advance(reached);
    this.#changedRows.forget(reached);
  }

  /** All rows written before it have been found by a look at a time of the database's clock. */
  #reachedAt(time: Date): Date {
    return new Date(this.#writersTime(time).getTime() - OVERLAP);
  }

  /** Time passes for grants whose rows nobody touches; and a clock that was ahead is put back. */
  async #passTime(accounts: string[]): Promise<void> {
    if (accounts.length === 0) return;
    const now = this.clock();
    const expired = { status: 'active', live_until: { $lte: now } } as const;
    const early = { status: 'expired', live_until: { $gt: now } } as const;
    await this.versions.change(accounts, async () => {
      await this.grants.updateMany(expired, { $set: { status: 'expired' } });
      await this.grants.updateMany(early, { $set: { status: 'active' } });
    });
  }
}

function isBuilt(progress: Progress): progress is BuiltProgress {
  return progress.watermark !== undefined;
}

/** Whether it is the same model as before: where somebody has deleted it, a look from before has found too little. */
function isContinued(before: BuiltProgress, now: Progress): now is BuiltProgress {
  return isBuilt(now) && now.epoch === before.epoch && now.watermark >= before.watermark;
}
