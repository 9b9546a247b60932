import { setTimeout as sleep } from 'node:timers/promises';
import { Backlogged } from '../../database/unavailable.ts';
import type { Progress } from '../rows/store.ts';
import type { ModelContext } from './context.ts';
import { Lease, progressOf } from './lease.ts';
import { IS_PENDING, look } from './pending.ts';
import { takeInAll } from './take-in.ts';

/** How often a process checks whether another has finished, in milliseconds. */
const POLL = 100;
/** How often the lease holder renews its lease and records its progress, in milliseconds. */
const RENEWAL = 1_000;
/** How often it logs its progress, in milliseconds. */
const LOGGING = 5_000;
/** Rows per second assumed at the start of each round, and until some are taken in. */
const EXPECTED_RATE = 3_000;
/** The least and the most that clients are told to wait, in seconds. */
const [MIN_RETRY_AFTER, MAX_RETRY_AFTER] = [1, 600];

/** When more is pending than a list takes in while it waits, one process takes it in, in the background. */
export class Backlog {
  readonly #model: ModelContext;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(model: ModelContext) {
    this.#model = model;
  }

  /** Makes sure that the backlog is taken in, here or elsewhere; resolves once it is. */
  takeIn(): Promise<void> {
    if (this.#isStopped) return Promise.reject(new Backlogged(MIN_RETRY_AFTER));
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Undefined while no process takes in a backlog. @param limit of the database, in milliseconds */
  progress(limit?: number): Promise<Progress | undefined> {
    return progressOf(this.#model.store, limit);
  }

  /** Whether this process takes one in, or waits for another that does. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** When a client should retry, in whole seconds: what is left, at the rate so far. */
  retryAfter({ left, rate }: Progress = { left: 0, rate: EXPECTED_RATE }): number {
    return Math.min(MAX_RETRY_AFTER, Math.max(MIN_RETRY_AFTER, Math.ceil(left / rate)));
  }

  /** Ends the work between two batches; another process continues it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<void> {
    const { store, newId } = this.#model;
    const lease = new Lease(store, newId());
    while (!(await lease.take({ left: 0, rate: EXPECTED_RATE }))) {
      await sleep(POLL, undefined, { ref: false });
      if (this.#isStopped || !(await this.progress())) return;
    }
    try {
      await this.#work(lease);
    } catch (error) {
      // The requests that wait for it may already have been answered.
      this.#model.log.warn({ err: error }, 'could not take in a backlog of rows');
      throw error;
    } finally {
      await lease.release();
    }
  }

  async #work(lease: Lease): Promise<void> {
    const { store, lookLimit: limit, clock, log } = this.#model;
    const began = performance.now();
    let [taken, renewed, logged] = [0, began, began];
    let left = 0;
    const onTaken = async (count: number) => {
      taken += count;
      left = Math.max(0, left - count);
      if (this.#isStopped) throw new Interrupted();
      const now = performance.now();
      const rate = taken === 0 ? EXPECTED_RATE : Math.max(1, Math.round((taken * 1_000) / (now - began)));
      if (now - logged >= LOGGING) {
        logged = now;
        log.info({ taken, left, rows_per_second: rate }, 'taking in a backlog of rows');
      }
      if (now - renewed < RENEWAL) return;
      renewed = now;
      if (!(await lease.take({ left, rate }))) throw new Interrupted();
    };
    try {
      do {
        left = await this.#count();
        log.info({ taken, left }, 'taking in a backlog of rows');
        if (!(await lease.take({ left, rate: EXPECTED_RATE }))) throw new Interrupted();
        await takeInAll(this.#model, {}, onTaken);
      } while ((await look(store, { now: clock(), limit })).isFull);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      log.info({ taken, left }, 'leaving a backlog of rows to another server, or to the next start');
      return;
    }
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    log.info({ taken, seconds }, 'took in a backlog of rows');
  }

  async #count(): Promise<number> {
    const { rows, consents } = this.#model.store;
    const counts = await Promise.all([rows.countDocuments(IS_PENDING), consents.countDocuments(IS_PENDING)]);
    return counts[0] + counts[1];
  }
}

/** The server is stopping, or another process has the lease. */
class Interrupted extends Error {}
