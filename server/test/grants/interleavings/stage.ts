import { randomUUID } from 'node:crypto';
import pMap, { pMapIterable } from 'p-map';
import { type Collections, createIndexes } from '../../../src/database/collections.ts';
import { connectDatabase, type Database } from '../../../src/database/connect.ts';
import { runInSchedulers } from './time.ts';

/** Databases that schedules are carried out in, several at the same time: most of the time each waits for its engine. */
const AT_A_TIME = 3;

export class Stage {
  readonly #uri: string;
  readonly #databases: Database[] = [];
  #restore: () => void = () => undefined;

  constructor(uri: string) {
    this.#uri = uri;
  }

  async open(): Promise<void> {
    this.#restore = runInSchedulers();
    await pMap(Array.from({ length: AT_A_TIME }), async () => {
      const database = await connectDatabase(new URL(`interleavings-${randomUUID()}`, this.#uri).href);
      await createIndexes(database.collections);
      this.#databases.push(database);
    });
  }

  async close(): Promise<void> {
    this.#restore();
    await Promise.all(this.#databases.map((database) => database.close()));
  }

  /** Does something for each of some items, each in a database that is nobody else's meanwhile; in their order. */
  each<Item, Result>(
    items: Iterable<Item>,
    work: (item: Item, collections: Collections) => Promise<Result>,
  ): AsyncIterable<Result> {
    const inSome = async (item: Item) => {
      const database = this.#databases.pop();
      if (!database) throw new Error('every database is in use');
      try {
        return await work(item, database.collections);
      } finally {
        this.#databases.push(database);
      }
    };
    return pMapIterable(items, inSome, { concurrency: AT_A_TIME });
  }
}
