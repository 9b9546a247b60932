import type { mongo } from 'mongoose';
import { isOver, lasting } from '../../database/lease.ts';
import type { ModelState, Progress, Store } from '../rows/store.ts';

export const STATE = { _id: 'grants' };

/**
 * How long a lease lasts, in milliseconds. Its holder renews it far more often, except while the database sorts the
 * pending rows.
 */
const DURATION = 30_000;

/** The right to take in a backlog, held by one process at a time. Should two hold it, they only duplicate work. */
export class Lease {
  readonly #states: mongo.Collection<ModelState>;
  readonly #holder: string;

  constructor({ state }: Store, holder: string) {
    this.#states = state;
    this.#holder = holder;
  }

  /** Takes or renews the lease; returns whether this holder has it now. */
  async take(backlog: Progress): Promise<boolean> {
    const isOurs = { $eq: ['$lease.holder', this.#holder] };
    const lease = { holder: this.#holder, until: lasting(DURATION) };
    const { matchedCount } = await this.#states.updateOne(
      { ...STATE, $expr: { $or: [isOurs, isOver('$lease.until')] } },
      [{ $set: { lease, backlog } }],
    );
    if (matchedCount === 1) return true;
    const { upsertedCount } = await this.#states.updateOne(STATE, { $setOnInsert: STATE }, { upsert: true });
    return upsertedCount === 1 && this.take(backlog);
  }

  async release(): Promise<void> {
    const own = { ...STATE, 'lease.holder': this.#holder };
    await this.#states.updateOne(own, { $unset: { lease: '', backlog: '' } });
  }
}

/**
 * How far the lease holder has come with a backlog; undefined if there is no holder.
 *
 * @param limit how long the database may take, in milliseconds; without one, as long as for any command
 */
export async function progressOf({ state }: Store, limit?: number): Promise<Progress | undefined> {
  const lasting = { ...STATE, $expr: { $gt: ['$lease.until', '$$NOW'] } };
  const options = { projection: { backlog: 1 }, ...(limit === undefined ? {} : { timeoutMS: limit }) };
  return (await state.findOne(lasting, options))?.backlog;
}
