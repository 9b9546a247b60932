import { randomUUID } from 'node:crypto';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';

interface AccountState {
  _id: string;
  /** Another one after every change; never the same again. */
  version?: string;
  /** Who is changing the account's grants, and since when. */
  writers?: Record<string, Date>;
}

/** A writer that was killed is forgotten after this time, in milliseconds; one that lives reports within it. */
const WRITER_TIMEOUT = 60_000;

/** Says whether anything in the read model of an account has changed: what was counted holds until it has. */
export class AccountVersions {
  readonly #accounts;

  constructor(collections: Collections) {
    this.#accounts = nativeCollection<AccountState>(collections.modelAccounts);
  }

  /** The account's version; undefined while somebody is changing it, so that nothing is kept that is half done. */
  async versionOf(account_id: string): Promise<string | undefined> {
    const state = await this.#accounts.findOne({ _id: account_id });
    const writers = Object.values(state?.writers ?? {});
    const isChanging = writers.some((since) => Date.now() - since.getTime() < WRITER_TIMEOUT);
    return isChanging ? undefined : state?.version;
  }

  /** Does something that changes grants of some accounts, and makes everyone count them anew. */
  async change<Result>(account_ids: Iterable<string>, work: () => Promise<Result>): Promise<Result> {
    const ids = [...new Set(account_ids)];
    const writer = `writers.${randomUUID()}`;
    await this.#update(ids, { $set: { version: randomUUID(), [writer]: new Date() } });
    const result = await work();
    await this.#update(ids, { $set: { version: randomUUID() }, $unset: { [writer]: '' } });
    return result;
  }

  async #update(ids: string[], update: object): Promise<void> {
    if (ids.length === 0) return;
    await this.#accounts.bulkWrite(
      ids.map((_id) => ({ updateOne: { filter: { _id }, update, upsert: true } })),
      { ordered: false },
    );
  }
}
