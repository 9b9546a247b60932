import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';

interface AccountState {
  _id: string;
  /** Another one after every change; never the same again. */
  version: string;
  /** Who is changing the account's grants, and since when. */
  writers?: Record<string, Date>;
}

/** A writer that was killed is forgotten after this time, in milliseconds; one that lives is done long before. */
const WRITER_TIMEOUT = 60_000;

/** Of how many accounts the version is remembered. */
const MOST_ACCOUNTS = 10_000;

/** Says whether anything in the read model of an account has changed: what was counted holds until it has. */
export class AccountVersions {
  readonly #accounts: mongo.Collection<AccountState>;
  readonly #lastKnown = new LRUCache<string, string>({ max: MOST_ACCOUNTS });

  constructor(collections: Collections) {
    this.#accounts = nativeCollection<AccountState>(collections.modelAccounts);
  }

  /** The account's version as it was lately, for whoever asks afterwards whether it still is. */
  async recentVersionOf(account_id: string): Promise<string | undefined> {
    return this.#lastKnown.get(account_id) ?? this.versionOf(account_id);
  }

  /** The account's version; undefined while somebody is changing it, so that nothing is kept that is half done. */
  async versionOf(account_id: string): Promise<string | undefined> {
    const projection = { version: 1, writers: 1, time: '$$NOW' };
    const state = await this.#accounts.findOne<AccountState & { time: Date }>(
      { _id: account_id },
      { projection },
    );
    const version = state ? settledVersion(state) : 'never changed';
    this.#lastKnown.set(account_id, version);
    return version;
  }

  /** Does something that changes grants of some accounts, and makes everyone count them anew. */
  async change<Result>(account_ids: Iterable<string>, work: () => Promise<Result>): Promise<Result> {
    const ids = [...new Set(account_ids)];
    const writer = `writers.${randomUUID()}`;
    await this.#update(ids, { $set: { version: randomUUID() }, $currentDate: { [writer]: true } });
    const result = await work();
    await this.#update(ids, { $set: { version: randomUUID() }, $unset: { [writer]: '' } });
    return result;
  }

  async #update(ids: string[], update: mongo.UpdateFilter<AccountState>): Promise<void> {
    if (ids.length === 0) return;
    await this.#accounts.bulkWrite(
      ids.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } })),
      { ordered: false },
    );
  }
}

function settledVersion({ version, writers = {}, time }: AccountState & { time: Date }): string | undefined {
  const forgotten = time.getTime() - WRITER_TIMEOUT;
  return Object.values(writers).some((since) => since.getTime() > forgotten) ? undefined : version;
}
