import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { Collections } from '../../database/collections.ts';
import { nativeCollection } from '../../database/native.ts';

/** What somebody is about to bring into the read model, so that another can, should they fall. Everyone does. */
export interface Intake {
  _id: string;
  /** Rows that get their hash. */
  rows: string[];
  /** Hashes of rows that change. */
  hashes: bigint[];
  /** From when on others may delete it: when whoever wrote it is through with it, or must have fallen. */
  keep_until: Date;
}

const AT_ONCE = new Date(0);

/** Where changes of rows are noted that nothing else would tell of. */
export class Intakes {
  readonly #intakes: mongo.Collection<Intake>;

  constructor(collections: Collections) {
    this.#intakes = nativeCollection<Intake>(collections.modelIntakes);
  }

  /** Notes what is about to be taken in; a refresh does that too, and deletes the note. */
  async record(noted: Partial<Omit<Intake, '_id'>>): Promise<Intake> {
    const intake = { _id: randomUUID(), rows: [], hashes: [], keep_until: AT_ONCE, ...noted };
    await this.#intakes.insertOne(intake);
    return intake;
  }

  async delete(ids: string[]): Promise<void> {
    if (ids.length > 0) await this.#intakes.deleteMany({ _id: { $in: ids } });
  }
}
