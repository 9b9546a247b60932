import type { mongo } from 'mongoose';
import type { Store } from '../../../src/grants/rows/store.ts';

type Document = mongo.Document;

/** A command as somebody gives it to a collection. */
export interface Command {
  on: keyof Store;
  method: Method;
  filter: Document;
  /** Of an update. */
  update: Document | Document[];
  /** Of an aggregation. */
  pipeline: Document[];
  /** What is inserted, or the operations of a bulk write. */
  documents: Document[];
  /** Of `distinct`. */
  field: string;
  options: Document;
}

const METHODS = [
  'find',
  'findOne',
  'aggregate',
  'distinct',
  'countDocuments',
  'estimatedDocumentCount',
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'findOneAndUpdate',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
] as const;
export type Method = (typeof METHODS)[number];

/** Carries out a command; of one that reads, all documents come as an array. */
export type Perform = (command: Command) => Promise<unknown>;

/** A store whose commands somebody else carries out. */
export function storeThrough(store: Store, perform: Perform): Store {
  return {
    rows: through(store.rows, 'rows', perform),
    consents: through(store.consents, 'consents', perform),
    clients: through(store.clients, 'clients', perform),
    users: through(store.users, 'users', perform),
    projects: through(store.projects, 'projects', perform),
    grants: through(store.grants, 'grants', perform),
    besideGrants: through(store.besideGrants, 'besideGrants', perform),
    parties: through(store.parties, 'parties', none),
    state: through(store.state, 'state', perform),
    accounts: through(store.accounts, 'accounts', perform),
    batches: through(store.batches, 'batches', perform),
    suspensions: through(store.suspensions, 'suspensions', perform),
    events: through(store.events, 'events', nothing),
    entries: through(store.entries, 'entries', nothing),
  };
}

/** The audit trail takes no part in the protocol: without it, schedules have more of the commands that matter. */
const nothing = async () => null;

/** Nor do the parties: nothing of a grant depends on them. */
const none: Perform = async ({ method }) => (method === 'find' || method === 'aggregate' ? [] : null);

/** What of a collection is no command. */
const PLAIN: ReadonlySet<string | symbol> = new Set(['collectionName']);

function through<Collection extends object>(
  collection: Collection,
  on: keyof Store,
  perform: Perform,
): Collection {
  const blank = { on, filter: {}, update: {}, pipeline: [], documents: [], field: '', options: {} };
  const give = (command: Partial<Command> & { method: Method }) => perform({ ...blank, ...command });
  const read = (command: Partial<Command> & { method: Method }) =>
    new Reading((options) => give({ ...command, options: { ...command.options, ...options } }));
  const methods: Record<Method, (...given: Document[]) => unknown> = {
    find: (filter = {}, options = {}) => read({ method: 'find', filter, options }),
    aggregate: (pipeline, options = {}) =>
      isOfAudit(pipeline)
        ? new Reading(nothing)
        : read({ method: 'aggregate', pipeline: listOf(pipeline), options }),
    findOne: (filter = {}, options = {}) => give({ method: 'findOne', filter, options }),
    distinct: (field, filter = {}, options = {}) =>
      give({ method: 'distinct', field: String(field), filter, options }),
    countDocuments: (filter = {}, options = {}) => give({ method: 'countDocuments', filter, options }),
    estimatedDocumentCount: () => give({ method: 'estimatedDocumentCount' }),
    insertOne: (document = {}) => give({ method: 'insertOne', documents: [document] }),
    insertMany: (documents) => give({ method: 'insertMany', documents: listOf(documents) }),
    updateOne: (filter = {}, update = {}, options = {}) =>
      give({ method: 'updateOne', filter, update, options }),
    updateMany: (filter = {}, update = {}, options = {}) =>
      give({ method: 'updateMany', filter, update, options }),
    findOneAndUpdate: (filter = {}, update = {}, options = {}) =>
      give({ method: 'findOneAndUpdate', filter, update, options }),
    deleteOne: (filter = {}, options = {}) => give({ method: 'deleteOne', filter, options }),
    deleteMany: (filter = {}, options = {}) => give({ method: 'deleteMany', filter, options }),
    bulkWrite: (documents) => give({ method: 'bulkWrite', documents: listOf(documents) }),
  };
  return new Proxy(collection, {
    get(target, name) {
      const method = METHODS.find((one) => one === name);
      if (method) return methods[method];
      if (PLAIN.has(name)) return Reflect.get(target, name);
      throw new Error(`the interleavings do not know ${on}.${String(name)}: make it a step`);
    },
  });
}

/** Entries are merged from the rows that a revocation changed. */
const isOfAudit = (pipeline: Document | undefined) => listOf(pipeline).some((stage) => '$merge' in stage);

const listOf = (given: Document | undefined): Document[] => (Array.isArray(given) ? given : []);

/** Documents that are read when somebody asks for them, as from the driver's cursor. */
class Reading {
  readonly #read: (options: Document) => Promise<unknown>;
  readonly #options: Document = {};

  constructor(read: (options: Document) => Promise<unknown>) {
    this.#read = read;
  }

  sort(sort: Document): this {
    this.#options.sort = sort;
    return this;
  }

  skip(skip: number): this {
    this.#options.skip = skip;
    return this;
  }

  limit(limit: number): this {
    this.#options.limit = limit;
    return this;
  }

  async toArray(): Promise<Document[]> {
    const found = await this.#read(this.#options);
    return Array.isArray(found) ? found : [];
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Document> {
    yield* await this.toArray();
  }
}
