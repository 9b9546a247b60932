import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';
import { AccountVersions } from './accounts.ts';
import { ChangedRows } from './changes.ts';
import { CountCache } from './counts.ts';
import type { GrantDocument } from './document.ts';
import { type Look, look } from './look.ts';
import { hashRows, rebuild } from './rebuild.ts';
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
    if (await this.build()) return;
    await hashRows(this, { grant_hash: { $ne: null } });
    await rebuild(this);
  }

  /**
   * Writes to rows, with the `updated_at` that it is given. Until that is done the watermark does not pass what it
   * writes, so that the next refresh finds it, however long it takes and wherever it stops.
   *
   * @param work is also given the watermark: rows written before it are in the model as they are
   */
  async write<Result>(
    work: (updated_at: Date, watermark: Date | undefined) => Promise<Result>,
  ): Promise<Result> {
    const id = randomUUID();
    const time = this.#writersTime((await this.state.read()).time);
    const watermark = await this.state.hold(id, time);
    if (watermark !== undefined && watermark > time) {
      await this.state.release(id);
      return this.write(work);
    }
    const result = await work(time, watermark);
    await this.state.release(id);
    return result;
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
    let since = this.#recentProgress() ?? (await this.state.read());
    for (;;) {
      if (!this.#isUsable(since)) return this.#buildFromNothing(since);
      const now = this.clock();
      const found = await look(this.collections, since, now, this.batchSize);
      const progress = found.progress ?? (await this.state.read());
      if (this.#isUsable(progress) && isContinued(since, progress)) return this.#takeIn(found, progress, now);
      since = progress;
    }
  }

  async #takeIn(found: Look, progress: BuiltProgress, now: Date): Promise<void> {
    const changes = await this.#changedRows.among(found, progress);
    await Promise.all([regroup(this, changes.hashes), this.#passTime([...new Set(found.overtaken)], now)]);
    await changes.done();
    await this.#advance(progress);
  }

  /** A look finds out itself how far the model is by now; it only must not begin long ago. */
  #recentProgress(): BuiltProgress | undefined {
    if (!this.#latest || performance.now() - this.#latest.at >= STRIDE) return undefined;
    return this.#isUsable(this.#latest.progress) ? this.#latest.progress : undefined;
  }

  async #buildFromNothing({ time }: Progress): Promise<void> {
    this.#latest = undefined;
    await hashRows(this, {});
    await rebuild(this);
    await this.state.begin(this.#reachedAt(time));
  }

  async #advance(progress: BuiltProgress): Promise<void> {
    this.#latest = { progress, at: performance.now() };
    const reached = this.#reachedAt(progress.time);
    if (reached.getTime() - progress.watermark.getTime() < STRIDE) return;
    const watermark = await this.state.advance(reached);
    if (watermark) this.#changedRows.forget(watermark);
  }

  /** A watermark ahead of the time says that the clock was put back, on failover to another machine: start anew. */
  #isUsable(progress: Progress): progress is BuiltProgress {
    return progress.watermark !== undefined && progress.watermark <= this.#writersTime(progress.time);
  }

  /** All rows written before it have been found by a look at a time of the database's clock. */
  #reachedAt(time: Date): Date {
    return new Date(this.#writersTime(time).getTime() - OVERLAP);
  }

  /** Time passes for grants whose rows nobody touches; and a clock that was ahead is put back. */
  async #passTime(account_ids: string[], now: Date): Promise<void> {
    if (account_ids.length === 0) return;
    const of = { '_id.account_id': { $in: account_ids } };
    const expired = { ...of, status: 'active', live_until: { $lte: now } } as const;
    const early = { ...of, status: 'expired', live_until: { $gt: now } } as const;
    await this.versions.change(account_ids, async () => {
      await this.grants.updateMany(expired, { $set: { status: 'expired' } }, BY_TIME);
      await this.grants.updateMany(early, { $set: { status: 'active' } }, BY_TIME);
    });
  }
}

const BY_TIME = { hint: { status: 1, live_until: 1 } } as const;

/** Whether it is the same model as before: where somebody has deleted it, a look from before has found too little. */
function isContinued(before: BuiltProgress, now: BuiltProgress): boolean {
  return now.epoch === before.epoch && now.watermark >= before.watermark;
}
