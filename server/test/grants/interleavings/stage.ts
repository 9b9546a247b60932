import { type Collections, createIndexes } from '../../../src/database/collections.ts';
import { connectDatabase, type Database } from '../../../src/database/connect.ts';
import { ownDatabase } from '../../own-database.ts';
import { runInSchedulers } from './time.ts';

/** Databases that schedules are carried out in, several at the same time: most of the time each waits for its engine. */
const AT_A_TIME = 3;

export class Stage {
  readonly #databases: Database[] = [];
  #restore: () => void = () => undefined;

  async open(): Promise<void> {
    this.#restore = runInSchedulers();
    const openOne = async () => {
      const database = await connectDatabase(ownDatabase('interleavings'));
      this.#databases.push(database);
      await createIndexes(database.collections);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, openOne));
  }

  async close(): Promise<void> {
    this.#restore();
    await Promise.all(this.#databases.map((database) => database.close()));
  }

  /**
   * Does something for each of some items, in turn and several at a time, until one of the results is enough. Gives all
   * results in the order of the items: none is missing before the first that is enough.
   */
  async each<Item, Result>(
    items: readonly Item[],
    work: (item: Item, collections: Collections) => Promise<Result>,
    isEnough: (result: Result) => boolean,
  ): Promise<Result[]> {
    const results: Result[] = [];
    let [next, isOver] = [0, false];
    const workIn = async ({ collections }: Database) => {
      for (;;) {
        const index = next;
        const item = items[index];
        if (item === undefined || isOver) return;
        next += 1;
        const result = await work(item, collections);
        results[index] = result;
        isOver ||= isEnough(result);
      }
    };
    await Promise.all(this.#databases.map(workIn));
    return results;
  }
}
