import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import { checked } from '../../database/filters.ts';
import type { AccountState, GrantDocument, Read } from '../rows/store.ts';

/** A writer that was killed is forgotten after this time, in milliseconds; one that lives is done long before. */
const WRITER_TIMEOUT = 60_000;

/** Of how many accounts the version is remembered. */
const MAX_ACCOUNTS = 10_000;

/** What an account's grants are, and how many: each another text after every change, never the same again. */
export interface Versions {
  version: string;
  count_version: string;
}

/** Says whether anything in the read model of an account has changed: what was counted holds until it has. */
export class AccountVersions {
  readonly #accounts: mongo.Collection<AccountState>;
  readonly #lastKnown = new LRUCache<string, Versions>({ max: MAX_ACCOUNTS });

  constructor(accounts: mongo.Collection<AccountState>) {
    this.#accounts = accounts;
  }

  /** The account's versions as they were lately, for whoever asks afterwards whether they still are. */
  async recentlyOf(account_id: string): Promise<Versions | undefined> {
    return this.#lastKnown.get(account_id) ?? this.#of(account_id);
  }

  /** The account's versions; undefined while somebody is changing it, so that nothing is kept that is half done. */
  async #of(account_id: string): Promise<Versions | undefined> {
    const projection = { version: 1, count_version: 1, writers: 1, time: '$$NOW' };
    const own = { _id: checked(account_id) };
    const state = await this.#accounts.findOne<Read<AccountState>>(own, { projection });
    return this.note(account_id, state ?? undefined);
  }

  /** The same of what somebody has just read of the account, if there was anything. */
  note(account_id: string, state: Read<AccountState> | undefined): Versions | undefined {
    const versions = state ? settledVersions(state) : NEVER_CHANGED;
    this.#lastKnown.set(account_id, versions);
    return versions;
  }

  /**
   * Does something that changes grants of some accounts, and makes everyone read them anew.
   *
   * @param recount whether it may also change how many there are of a status
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
      for (const id of ids) this.#remember(id, renewed);
    };
    await renew({ $currentDate: { [writer]: true } });
    try {
      return await work();
    } finally {
      await renew({ $unset: { [writer]: '' } });
    }
  }

  #remember(account_id: string, renewed: Partial<Versions>): void {
    const known = this.#lastKnown.get(account_id);
    if (known) this.#lastKnown.set(account_id, { ...known, ...renewed });
  }

  /** One statement for all: one for each took a third of an import into many accounts. */
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

/** How many counts are kept. */
const MAX_COUNTS = 1_000;

/** Counts grants on an index, and keeps each count for as long as nothing in its account has changed. */
export class CountCache {
  readonly #grants: mongo.Collection<GrantDocument>;
  readonly #kept = new LRUCache<string, number>({ max: MAX_COUNTS });

  constructor(grants: mongo.Collection<GrantDocument>) {
    this.#grants = grants;
  }

  /** @param version of the account; undefined while it is changing, and then nothing is kept */
  async count(filter: mongo.Filter<GrantDocument>, version: string | undefined): Promise<number> {
    const key = `${version} ${JSON.stringify(filter)}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const count = await this.#grants.countDocuments(filter, { maxTimeMS: READ_LIMIT_MS });
    if (version !== undefined) this.#kept.set(key, count);
    return count;
  }
}
