import { LRUCache } from 'lru-cache';
import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import type { GrantDocument } from './store.ts';

/** How many counts are kept. */
const MOST_COUNTS = 1_000;

/** Counts grants on an index, and keeps each count for as long as nothing in its account has changed. */
export class CountCache {
  readonly #grants: mongo.Collection<GrantDocument>;
  readonly #kept = new LRUCache<string, number>({ max: MOST_COUNTS });

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
