import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import { checked } from '../../database/filters.ts';
import type { AccountState, Read, StoredGrant } from '../rows/store.ts';

/** A killed writer is forgotten after this many milliseconds; a live one finishes long before. */
const WRITER_TIMEOUT = 60_000;

/** How many accounts' versions are remembered. */
const MAX_ACCOUNTS = 10_000;

/** Versions of an account's grants, and of how many it has of each status: new with every change, never reused. */
export interface Versions {
  version: string;
  count_version: string;
}

/** Tells whether anything of an account in the read model has changed: a count holds until it has. */
export class AccountVersions {
  readonly #accounts: mongo.Collection<AccountState>;
  readonly #lastKnown = new LRUCache<string, Versions>({ max: MAX_ACCOUNTS });

  constructor(accounts: mongo.Collection<AccountState>) {
    this.#accounts = accounts;
  }

  /**
   * The account's versions as last seen, for callers that check afterwards whether they still hold; undefined while it
   * is being changed, so that nothing half done is kept.
   */
  async recentlyOf(account_id: string): Promise<Versions | undefined> {
    const known = this.#lastKnown.get(account_id);
    if (known) return known;
    const projection = { version: 1, count_version: 1, writers: 1, time: '$$NOW' };
    const own = { _id: checked(account_id) };
    const state = await this.#accounts.findOne<Read<AccountState>>(own, { projection });
    return this.note(account_id, state ?? undefined);
  }

  /**
   * The same, from what the caller has just read of the account.
   *
   * @param state undefined if nothing is recorded of the account
   */
  note(account_id: string, state: Read<AccountState> | undefined): Versions | undefined {
    const versions = state ? settledVersions(state) : NEVER_CHANGED;
    this.#lastKnown.set(account_id, versions);
    return versions;
  }

  /**
   * Runs work that changes grants of some accounts, and makes every process read them again.
   *
   * @param recount whether the work may change how many grants have a status
   */
  async change<Result>(
    account_ids: Iterable<string>,
    work: () => Promise<Result>,
    { recount = true } = {},
  ): Promise<Result> {
    const ids = [...new Set(account_ids)];
    const writer = `writers.${randomUUID()}`;
    const renew = async (update: mongo.UpdateFilter<AccountState>) => {
      const version = randomUUID();
      const renewed = { version, ...(recount ? { count_version: version } : {}) };
      await this.#update(ids, { ...update, $set: renewed });
      for (const id of ids) {
        const known = this.#lastKnown.get(id);
        if (known) this.#lastKnown.set(id, { ...known, ...renewed });
      }
    };
    await renew({ $currentDate: { [writer]: true } });
    try {
      return await work();
    } finally {
      await renew({ $unset: { [writer]: '' } });
    }
  }

  /** One statement for all: one per account took a third of the time of an import into many accounts. */
  async #update(ids: string[], update: mongo.UpdateFilter<AccountState>): Promise<void> {
    if (ids.length === 0) return;
    const { matchedCount } = await this.#accounts.updateMany({ _id: { $in: ids } }, update);
    if (matchedCount === ids.length) return;
    await this.#accounts.bulkWrite(
      ids.map((_id) => ({ updateOne: { filter: { _id: checked(_id) }, update, upsert: true } })),
      { ordered: false },
    );
  }
}

const NEVER_CHANGED: Versions = { version: 'never changed', count_version: 'never changed' };

function settledVersions({
  version,
  count_version = version,
  writers = {},
  time,
}: Read<AccountState>): Versions | undefined {
  const forgotten = time.getTime() - WRITER_TIMEOUT;
  if (Object.values(writers).some((since) => since.getTime() > forgotten)) return undefined;
  return { version, count_version };
}

const MAX_COUNTS = 1_000;

/** Counts grants on an index, and keeps each count until something in its account changes. */
export class CountCache {
  readonly #grants: mongo.Collection<StoredGrant>;
  readonly #kept = new LRUCache<string, number>({ max: MAX_COUNTS });

  constructor(grants: mongo.Collection<StoredGrant>) {
    this.#grants = grants;
  }

  /** @param version of the account; undefined while it is being changed, and then nothing is kept */
  async count(filter: mongo.Filter<StoredGrant>, version: string | undefined): Promise<number> {
    const key = `${version} ${JSON.stringify(filter)}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const count = await this.#grants.countDocuments(filter, { maxTimeMS: READ_LIMIT_MS });
    if (version !== undefined) this.#kept.set(key, count);
    return count;
  }
}
