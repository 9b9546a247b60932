import { mongo } from 'mongoose';
import type { Collections } from '../../../src/database/collections.ts';
import type { Store } from '../../../src/grants/rows/store.ts';
import type { Command, Method } from './commands.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

type Document = mongo.Document;
type Row = { _id: mongo.Document[string] } & Document;

/** The collections themselves. */
export type RealStore = Record<keyof Store, mongo.Collection<Row>>;

/** The collections behind a store, of which one may have two names. */
export function realStore(collections: Collections, store: Store): RealStore {
  const database = collections.grants.db.getClient().db(collections.grants.db.name);
  const real = ({ collectionName }: { collectionName: string }) =>
    database.collection<{ _id: mongo.Document[string] } & mongo.Document>(collectionName);
  return {
    rows: real(store.rows),
    consents: real(store.consents),
    clients: real(store.clients),
    users: real(store.users),
    projects: real(store.projects),
    grants: real(store.grants),
    besideGrants: real(store.besideGrants),
    parties: real(store.parties),
    state: real(store.state),
    accounts: real(store.accounts),
    batches: real(store.batches),
    suspensions: real(store.suspensions),
    events: real(store.events),
    entries: real(store.entries),
  };
}

/** Told of every document that was written; undefined where it was deleted. */
export type OnWritten = (on: keyof Store, _id: unknown, document: Document | undefined) => void;

interface Written {
  matchedCount: number;
  modifiedCount: number;
  upsertedCount: number;
}

/**
 * Carries out commands as the engine does where others are at work: each waits for its turn, and a statement of many
 * documents takes them one by one, in any order.
 */
export class Steps {
  readonly #store: RealStore;
  readonly #scheduler: Pick<Scheduler, 'step'>;
  readonly #random: Random;
  readonly #onWritten: OnWritten;
  /** A row, to cut a scan of an index in two. */
  readonly #someRow: () => string | undefined;

  constructor(options: {
    store: RealStore;
    scheduler: Pick<Scheduler, 'step'>;
    random: Random;
    onWritten: OnWritten;
    someRow: () => string | undefined;
  }) {
    this.#store = options.store;
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.#onWritten = options.onWritten;
    this.#someRow = options.someRow;
  }

  take(command: Command): Promise<unknown> {
    return this.#methods[command.method](command);
  }

  readonly #methods: Record<Method, (command: Command) => Promise<unknown>> = {
    find: (command) => this.#step(command, (rows) => rows.find(command.filter, command.options).toArray()),
    findOne: (command) => this.#step(command, (rows) => rows.findOne(command.filter, command.options)),
    aggregate: (command) => this.#aggregate(command),
    distinct: (command) =>
      this.#step(command, (rows) => rows.distinct(command.field, command.filter, command.options)),
    countDocuments: (command) =>
      this.#step(command, (rows) => rows.countDocuments(command.filter, command.options)),
    estimatedDocumentCount: (command) => this.#step(command, (rows) => rows.estimatedDocumentCount()),
    insertOne: async (command) => {
      for (const document of command.documents) await this.#insert(command, document);
    },
    insertMany: (command) => this.#insertMany(command),
    updateOne: (command) => this.#updateOne(command),
    updateMany: (command) => this.#updateMany(command),
    findOneAndUpdate: async (command) => (await this.#findAndUpdate(command)).value,
    // Always by its id, so of one at most.
    deleteOne: (command) => this.#deleteMany(command),
    deleteMany: (command) => this.#deleteMany(command),
    bulkWrite: (command) => this.#bulkWrite(command),
  };

  #step<Result>(command: Command, work: (rows: mongo.Collection<Row>) => Promise<Result>): Promise<Result> {
    return this.#scheduler.step(
      () => describe(command),
      () => work(this.#store[command.on]),
    );
  }

  /** Collections that are united are read one after the other; so are the two halves of a scan of what is pending. */
  async #aggregate(command: Command): Promise<Document[]> {
    const { pipeline, options } = command;
    const isUnion = (stage: Document) => '$unionWith' in stage;
    const from = pipeline.findIndex(isUnion);
    if (from === -1 || !pipeline.slice(from).every(isUnion)) {
      return this.#step(command, (rows) => rows.aggregate(pipeline, options).toArray());
    }
    const found = await this.#scan({ ...command, pipeline: pipeline.slice(0, from) });
    for (const { $unionWith } of pipeline.slice(from)) {
      const name = String($unionWith.coll);
      const of = Object.values(this.#store).find(({ collectionName }) => collectionName === name);
      if (!of) throw new Error(`there is no collection ${name}`);
      const read = () => of.aggregate($unionWith.pipeline).toArray();
      found.push(...(await this.#scheduler.step(() => `${name}.aggregate(${show($unionWith)})`, read)));
    }
    return found;
  }

  /** A scan of what is pending meets rows one after the other: some, then the rest. Nothing in its index moves. */
  async #scan(command: Command): Promise<Document[]> {
    const row = this.#random.chance(0.5) ? this.#someRow() : undefined;
    const [{ $match } = {}, { $limit } = {}, ...rest] = command.pipeline;
    if (row === undefined || $limit === undefined) {
      return this.#step(command, (rows) => rows.aggregate(command.pipeline, command.options).toArray());
    }
    const found: Document[] = [];
    for (const half of [{ $lt: row }, { $gte: row }]) {
      const left = $limit - found.length;
      if (left === 0) break;
      const pipeline = [{ $match: { ...$match, _id: half } }, { $limit: left }, ...rest];
      const read = { ...command, pipeline };
      found.push(...(await this.#step(read, (rows) => rows.aggregate(pipeline, command.options).toArray())));
    }
    return found;
  }

  async #insert(command: Command, document: Document): Promise<void> {
    await this.#step({ ...command, method: 'insertOne', documents: [document] }, async (rows) => {
      await rows.insertOne({ _id: document._id, ...document });
      this.#onWritten(command.on, document._id, document);
    });
  }

  async #insertMany(command: Command): Promise<void> {
    const lost: number[] = [];
    let last: mongo.MongoServerError | undefined;
    for (const [index, document] of command.documents.entries()) {
      try {
        await this.#insert(command, document);
      } catch (error) {
        if (!(error instanceof mongo.MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
        last = error;
        lost.push(index);
      }
    }
    if (!last) return;
    // As the driver has it, which gives no other way to make one.
    throw Object.assign(Object.create(mongo.MongoBulkWriteError.prototype), {
      message: last.message,
      writeErrors: lost.map((index) => ({ index, code: DUPLICATE_KEY })),
    });
  }

  async #updateOne(command: Command): Promise<Written> {
    const { lastErrorObject } = await this.#findAndUpdate(command);
    const { n = 0, updatedExisting = false } = lastErrorObject ?? {};
    const matchedCount = updatedExisting ? n : 0;
    return { matchedCount, modifiedCount: matchedCount, upsertedCount: n - matchedCount };
  }

  #findAndUpdate(command: Command) {
    return this.#step(command, async (rows) => {
      const { upsert = false, hint, projection } = command.options;
      const result = await rows.findOneAndUpdate(command.filter, command.update, {
        upsert,
        ...(hint ? { hint } : {}),
        ...(projection ? { projection } : {}),
        returnDocument: 'after',
        includeResultMetadata: true,
      });
      if (result.value) this.#onWritten(command.on, result.value._id, result.value);
      return result;
    });
  }

  async #updateMany(command: Command): Promise<Written> {
    let matchedCount = 0;
    for (const filter of await this.#eachOf(command)) {
      const one = await this.#updateOne({ ...command, method: 'updateOne', filter, options: {} });
      matchedCount += one.matchedCount;
    }
    return { matchedCount, modifiedCount: matchedCount, upsertedCount: 0 };
  }

  async #deleteMany(command: Command): Promise<{ deletedCount: number }> {
    let deletedCount = 0;
    for (const filter of await this.#eachOf(command)) {
      await this.#step({ ...command, filter }, async (rows) => {
        const deleted = await rows.findOneAndDelete(filter);
        if (!deleted) return;
        deletedCount += 1;
        this.#onWritten(command.on, deleted._id, undefined);
      });
    }
    return { deletedCount };
  }

  /** Finds the documents of a statement; each is written only where it still matches when it comes to that. */
  async #eachOf(command: Command): Promise<Document[]> {
    const { hint } = command.options;
    const ids: unknown = command.filter._id?.$in;
    if (Array.isArray(ids)) return this.#random.shuffled(ids).map((_id) => ({ ...command.filter, _id }));
    const options = { projection: { _id: 1 }, ...(hint ? { hint } : {}) };
    const found = await this.#step(command, (rows) => rows.find(command.filter, options).toArray());
    return this.#random.shuffled(found).map(({ _id }) => ({ $and: [{ _id }, command.filter] }));
  }

  async #bulkWrite(command: Command): Promise<void> {
    for (const { updateOne, updateMany } of command.documents) {
      if (updateOne) {
        const { filter, update, upsert } = updateOne;
        await this.#updateOne({ ...command, method: 'updateOne', filter, update, options: { upsert } });
      } else if (updateMany) {
        const { filter, update } = updateMany;
        await this.#updateMany({ ...command, method: 'updateMany', filter, update });
      } else throw new Error('the interleavings do not know this operation: make it a step');
    }
  }
}

const DUPLICATE_KEY = 11_000;

function describe({ on, method, filter, update, pipeline, documents }: Command): string {
  const given = { aggregate: pipeline, insertOne: documents, insertMany: documents }[String(method)];
  return `${on}.${method}(${given ? show(given) : `${show(filter)}, ${show(update)}`})`;
}

const LONGEST = 240;

function show(value: unknown): string {
  const plain = (_: string, one: unknown) => {
    if (typeof one === 'bigint') return `${one}`;
    // Long, and the same everywhere.
    return typeof one === 'object' && one !== null && '$toHashedIndexKey' in one ? 'hash of the row' : one;
  };
  const text = JSON.stringify(value, plain);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
