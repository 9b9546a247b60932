import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import type { Logger } from 'pino';
import type { Collections } from '../../database/collections.ts';
import { Backlogged, DatabaseSlow } from '../../database/unavailable.ts';
import type { RowFilter } from '../rows/grouping.ts';
import { type Store, type StoredGrant, storeOf } from '../rows/store.ts';
import { AccountVersions, CountCache } from './accounts.ts';
import { Backlog } from './backlog.ts';
import type { ModelContext } from './context.ts';
import { COMPLETE, look } from './pending.ts';
import { Shared } from './shared.ts';
import { expire, makePending, takeIn, takeInAll } from './take-in.ts';

/** Of how many accounts the shared looks are kept. */
const MAX_ACCOUNTS = 1_000;

/** How long a list waits for what is pending by default, in milliseconds. */
const PATIENCE = 2_000;

/** How long a list that is answered with a 503 waits to hear why, in milliseconds. */
const LAST_WAIT = 1_000;

/** How long audit events are kept by default, in days. */
export const AUDIT_DAYS = 365;

/** How long a suspended grant can be restored by default, in days. */
export const SUSPENSION_DAYS = 7;

/** What is not given is as in production; tests pass a `store` of their own to observe it. */
export interface GrantModelOptions
  extends Pick<ModelContext, 'collections' | 'clock'>,
    Partial<
      Pick<
        ModelContext,
        'batchSize' | 'lookLimit' | 'auditDays' | 'suspensionDays' | 'log' | 'store' | 'newId'
      >
    > {
  /** How long a list waits for what is pending, in milliseconds. */
  patience?: number;
}

/**
 * The read model: the collection `grants`, each grant as it is stored. Rows are the truth; this is a cache of them
 * that never answers before it has taken in what is pending. Several processes may maintain the same one.
 */
export class GrantModel implements ModelContext {
  readonly collections: Collections;
  readonly store: Store;
  readonly grants: mongo.Collection<StoredGrant>;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly versions: AccountVersions;
  readonly counts: CountCache;
  readonly backlog: Backlog;
  readonly batchSize: number;
  readonly lookLimit: number;
  readonly auditDays: number;
  readonly suspensionDays: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly #patience: number;
  readonly #look = new Shared(() => this.#takeInLook());
  readonly #looksOfAccounts = new LRUCache<string, Shared<boolean>>({
    max: MAX_ACCOUNTS,
    memoMethod: (account_id) => new Shared(() => this.#takeInLook(account_id)),
  });

  constructor({ collections, clock, batchSize = 1_000, lookLimit = 2_000, ...options }: GrantModelOptions) {
    this.collections = collections;
    this.store = options.store ?? storeOf(collections);
    this.grants = this.store.grants;
    this.clock = clock;
    this.newId = options.newId ?? randomUUID;
    this.versions = new AccountVersions(this.store.accounts);
    this.counts = new CountCache(this.grants);
    this.backlog = new Backlog(this);
    this.batchSize = batchSize;
    this.lookLimit = lookLimit;
    this.auditDays = options.auditDays ?? AUDIT_DAYS;
    this.suspensionDays = options.suspensionDays ?? SUSPENSION_DAYS;
    this.log = options.log ?? { info: () => undefined, warn: () => undefined };
    this.#patience = options.patience ?? PATIENCE;
  }

  /**
   * Brings the model up to date with every row written before the call. During a backlog, one account may be enough.
   *
   * @throws Backlogged or DatabaseSlow if that takes longer than a list waits
   */
  async refresh(account_id?: string): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#patience);
    try {
      const isLate = once(late.signal, 'abort').then(() => false);
      const isFresh = this.#refreshWhole({ account_id, late: late.signal });
      isFresh.catch((error: unknown) => {
        if (late.signal.aborted)
          this.log.warn({ err: error }, 'a refresh failed after its list was answered');
      });
      if (await Promise.race([isFresh, isLate])) return;
    } finally {
      clearTimeout(timer);
    }
    throw await this.#tooLate();
  }

  /** Why it took longer than a list waits. A database that is slow is slow to say so, too. */
  async #tooLate(): Promise<Backlogged | DatabaseSlow> {
    const progress = await Promise.race([
      this.backlog.progress(),
      sleep(LAST_WAIT, undefined, { ref: false }),
    ]);
    if (progress || this.backlog.isRunning) return new Backlogged(this.backlog.retryAfter(progress));
    return new DatabaseSlow(this.#patience);
  }

  /** The same for all accounts, however long it takes. */
  async refreshWhole(): Promise<void> {
    await this.#refreshWhole({});
  }

  /**
   * Brings the model up to date for a revocation, which waits for no backlog: with everything, or else its rows only.
   *
   * @param which rows of these accounts
   */
  async bringIn(which: RowFilter, account_ids: string[]): Promise<void> {
    if (await this.#look.run()) return;
    await this.bringInOnly(which);
    await expire(this, account_ids, this.clock());
  }

  /** Brings the model up to date with some rows, whatever else is pending. */
  async bringInOnly(which: RowFilter): Promise<void> {
    if ((await this.store.besideGrants.findOne(COMPLETE)) === null) await makePending(this);
    await takeInAll(this, which);
  }

  async #refreshWhole({ account_id, late }: { account_id?: string | undefined; late?: AbortSignal }) {
    while (!late?.aborted && !(await this.#look.run())) {
      const backlog = this.backlog.takeIn();
      backlog.catch(() => undefined);
      // This account may have no backlog, even though all together have.
      if (account_id !== undefined && (await this.#looksOfAccounts.memo(account_id).run())) break;
      await backlog;
    }
    return !late?.aborted;
  }

  /** Takes in what is pending, of one account or of all, unless it is a backlog; returns whether it was none. */
  async #takeInLook(account_id?: string): Promise<boolean> {
    const now = this.clock();
    const found = await look(this.store, { now, limit: this.lookLimit, account_id });
    if (!found.isComplete) {
      await makePending(this);
      return this.#takeInLook(account_id);
    }
    if (found.isFull) return false;
    await takeIn(this, found, now);
    return true;
  }
}
