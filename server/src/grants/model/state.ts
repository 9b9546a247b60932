import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';

/** Something that a bulk revocation changed and brought into the read model itself. */
export interface OwnBatch {
  /** What rows and consents carry as `revocation_id`: the number of the look that the batch began with. */
  id: bigint;
  /** Their `updated_at`. */
  at: Date;
}

export interface Progress {
  /** Rows written before this moment are in the read model; undefined before it was first built. */
  watermark?: Date;
  /** Another one for every time that the model is built from nothing. */
  epoch?: string;
  own_batches?: OwnBatch[];
  /** The time by the database's own clock. */
  time: Date;
}

export type BuiltProgress = Progress & { watermark: Date };

interface StateDocument extends Omit<Progress, 'time'> {
  _id: string;
  look: bigint;
  /** What is being written to rows right now: `at` is their `updated_at`, `since` when it began. */
  holds?: { id: string; at: Date; since: Date }[];
}

/** How long the watermark waits for a writer, in milliseconds: longer than any write may take. */
const PATIENCE = 120_000;

export const STATE = { _id: 'grants' };

/** What a projection makes of the state. */
export const PROGRESS = {
  watermark: '$watermark',
  epoch: '$epoch',
  own_batches: '$own_batches',
  time: '$$NOW',
} as const;

/** How far the read model has come: one document, which all processes share. */
export class ModelState {
  readonly #states: mongo.Collection<StateDocument>;

  constructor(collections: Collections) {
    this.#states = nativeCollection<StateDocument>(collections.modelState);
  }

  async read(): Promise<Progress> {
    const state = await this.#states.findOne<Progress>(STATE, { projection: PROGRESS });
    if (state) return state;
    await this.#states.updateOne(STATE, { $setOnInsert: STATE }, { upsert: true });
    return this.read();
  }

  /**
   * Numbers a look at the rows that is about to begin. Whatever was known before a look was numbered, every later look
   * sees too; clocks, which go wrong when another machine takes over, have no part in it.
   */
  async nextLook(): Promise<bigint> {
    const state = await this.#states.findOneAndUpdate(
      STATE,
      { $inc: { look: 1n } },
      { upsert: true, returnDocument: 'after', projection: { look: 1 } },
    );
    if (!state) throw new Error('the read model has no state');
    return state.look;
  }

  /**
   * Notes that all rows written before a moment are in the read model, and gives the watermark. It never goes back, and
   * never passes what somebody is just writing.
   */
  async advance(moment: Date): Promise<Date | undefined> {
    const patient = { $subtract: ['$$NOW', PATIENCE] };
    const reached = { $min: [moment, { $min: '$holds.at' }] };
    const state = await this.#states.findOneAndUpdate(
      STATE,
      [
        { $set: { holds: filter('holds', { $gt: ['$$this.since', patient] }) } },
        { $set: { watermark: { $max: ['$watermark', reached] } } },
        { $set: { own_batches: filter('own_batches', { $gte: ['$$this.at', '$watermark'] }) } },
      ],
      { returnDocument: 'after', projection: { watermark: 1 } },
    );
    return state?.watermark;
  }

  /**
   * Keeps the watermark from passing a moment until `release`, and gives where it is: it may have passed that already.
   * Whoever falls before it releases is waited for a while, and in that time a refresh finds what it wrote.
   */
  async hold(id: string, at: Date): Promise<Date | undefined> {
    const holds = { $concatArrays: [filter('holds', true), [{ id, at, since: '$$NOW' }]] };
    const state = await this.#states.findOneAndUpdate(STATE, [{ $set: { holds } }], {
      upsert: true,
      returnDocument: 'after',
      projection: { watermark: 1 },
    });
    return state?.watermark;
  }

  async release(id: string): Promise<void> {
    await this.#states.updateOne(STATE, { $pull: { holds: { id } } });
  }

  /** Notes that the model was built from nothing, with all rows written before a moment. */
  async begin(watermark: Date): Promise<void> {
    const reached = { $min: [watermark, { $min: '$holds.at' }] };
    await this.#states.updateOne(STATE, [{ $set: { watermark: reached, epoch: randomUUID() } }]);
  }

  /** Notes that a batch is in the read model. */
  async addOwn(batch: OwnBatch): Promise<void> {
    await this.#states.updateOne(STATE, { $push: { own_batches: batch } });
  }
}

function filter(list: 'holds' | 'own_batches', cond: unknown): object {
  return { $filter: { input: { $ifNull: [`$${list}`, []] }, cond } };
}
