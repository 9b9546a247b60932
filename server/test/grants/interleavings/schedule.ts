import type { Collections, ConsentRow, RefreshTokenRow } from '../../../src/database/collections.ts';
import { findForgotten } from '../../../src/grants/read-model/find-forgotten.ts';
import { STATE } from '../../../src/grants/read-model/lease.ts';
import { purge } from '../../../src/grants/read-model/purge.ts';
import { rebuild } from '../../../src/grants/read-model/rebuild.ts';
import { finishRevocations } from '../../../src/grants/revocation/finish.ts';
import { keepSuspensions } from '../../../src/grants/revocation/keep-suspensions.ts';
import { type Store, type Suspension, storeOf } from '../../../src/grants/rows/store.ts';
import { type Command, type Perform, storeThrough } from './commands.ts';
import { mistakesAtEnd } from './end-state.ts';
import { History } from './history.ts';
import { Random } from './random.ts';
import { Revocations } from './revocations.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import { ModelProcess, type RevokesBy } from './servers.ts';
import { type OnWritten, realStore, Steps } from './steps.ts';
import { Suspensions } from './suspensions.ts';
import { ACCOUNTS, CONSENTS, type Habit, newConsent, newToken, Tokens, Writer } from './writer.ts';

/** Who takes part beside two servers that list and two writers. */
export type Guest = 'revoker' | 'suspender' | 'finisher' | 'purger' | 'rebuilder' | 'clock' | 'scan';
const GUESTS = [
  'revoker',
  'revoker',
  'suspender',
  'suspender',
  'finisher',
  'purger',
  'rebuilder',
  'clock',
  'scan',
] as const;

/** What a process does otherwise than it should; see mutants.ts. */
export type Around = (command: Command, perform: Perform, process: string) => Promise<unknown>;

export interface ScheduleOptions {
  seed: number;
  collections: Collections;
  around?: Around | undefined;
  /** What is so for certain; the seed decides the rest. */
  focus?: Focus | undefined;
}

export interface Focus {
  /** Who takes part. */
  guests?: readonly Guest[];
  habit?: Habit;
  /** Whether all tokens are of one grant. */
  isNarrow?: boolean;
  /** The process that is slow. */
  slow?: string;
  /** Whether nothing was listed before. */
  isUnlisted?: boolean;
  /** How much each writer writes at most. */
  writes?: number;
  /** How often each lister lists. */
  lists?: number;
  /** How revokers revoke. */
  revokesBy?: RevokesBy;
}

export interface Outcome {
  seed: number;
  /** How many commands were carried out. */
  commands: number;
  /** What went wrong, and what happened before it. */
  failure?: { message: string; trace: string[] };
}

const START = new Date('2026-06-01T12:00:00.000Z');
const MINUTE = 60_000;
const NAMES = {
  clients: [{ _id: 'c1', name: 'Client', client_uri: null, logo_uri: null, is_first_party: false }],
  users: [{ _id: 'u1', name: 'User', email: 'u1@example.com' }],
};

/** Carries out the schedule of a seed, and says what came of it. The collections are emptied before. */
export async function runSchedule(options: ScheduleOptions): Promise<Outcome> {
  const schedule = new Schedule(options);
  let failure: Outcome['failure'];
  try {
    const mistakes = await schedule.run();
    if (mistakes.length > 0) throw new Error(`at the end: ${mistakes.join('; ')}`);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failure = { message, trace: schedule.scheduler.trace.map((line, index) => `${index + 1} ${line()}`) };
  }
  return { seed: options.seed, commands: schedule.scheduler.steps, ...(failure ? { failure } : {}) };
}

class Schedule {
  readonly scheduler: Scheduler;
  readonly #options: ScheduleOptions;
  readonly #random: Random;
  readonly #plain: Store;
  readonly #steps: Steps;
  readonly #history: History;
  readonly #tokens = new Tokens();
  readonly #revocations = new Revocations();
  readonly #suspensions = new Suspensions();
  readonly #habit: Habit;
  readonly #isNarrow: boolean;
  readonly #size: { batchSize: number; lookLimit: number };

  constructor(options: ScheduleOptions) {
    const { seed, collections } = options;
    this.#options = options;
    this.#random = new Random(seed);
    this.#plain = storeOf(collections);
    this.scheduler = new Scheduler(this.#random, (process) => this.#leaseEnds(process));
    this.#history = new History({ now: START, names: NAMES, purgedBefore: START });
    this.#steps = new Steps({
      store: realStore(collections, this.#plain),
      scheduler: this.scheduler,
      random: this.#random,
      onWritten: this.#onWritten,
      someRow: () => this.#random.maybeOf([...this.#history.at(this.#history.latest).rows.keys()]),
    });
    const { habit, isNarrow } = options.focus ?? {};
    this.#habit =
      habit ?? this.#random.of(['everything', 'everything', 'insertions', 'rotations', 'updates']);
    this.#isNarrow = isNarrow ?? this.#random.chance(0.4);
    this.#size = {
      batchSize: this.#random.of([1, 2, 3]),
      lookLimit: this.#random.chance(0.3) ? 2 + this.#random.below(3) : 2_000,
    };
  }

  async run(): Promise<string[]> {
    const random = this.#random;
    await this.#fill();
    const servers = [this.#process('A'), this.#process('B')];
    const actors = this.#actors(servers);
    const processes = [...new Set(actors.map(({ process }) => process))];
    const crash = { process: random.maybeOf(processes) ?? '', command: 1 + random.below(60) };
    const slow = random.maybeOf([...processes, 'nobody', 'nobody']);
    this.scheduler.slow = this.#options.focus?.slow ?? slow;
    await this.scheduler.run(actors, random.chance(0.6) ? crash : undefined);
    await this.scheduler.run([this.#finisher(servers)]);
    return mistakesAtEnd({
      model: new ModelProcess('end', { ...this.#given(), store: this.#plain }).model,
      history: this.#history,
      tokens: this.#tokens,
      revocations: this.#revocations,
      suspensions: this.#suspensions,
    });
  }

  readonly #onWritten: OnWritten = (on, _id, document) => {
    if (typeof _id !== 'string') return;
    // Everything in there was written by the actors.
    if (on === 'rows') this.#history.writeRow(_id, document as RefreshTokenRow | undefined);
    if (on === 'consents' && document) this.#history.writeConsent(_id, document as ConsentRow);
    if (on === 'batches') this.#revocations.begin(_id, this.#history.latest);
    if (on === 'suspensions' && document) this.#suspensions.write(_id, document as Suspension);
  };

  #given() {
    const { collections, focus } = this.#options;
    const revokesBy = focus?.revokesBy;
    return { collections, history: this.#history, random: this.#random, revokesBy, ...this.#size };
  }

  #process(name: string): ModelProcess {
    return new ModelProcess(name, { ...this.#given(), store: this.#storeOf(name) });
  }

  #storeOf(process: string): Store {
    const { around } = this.#options;
    const perform: Perform = (command) => this.#steps.take(command);
    return storeThrough(this.#plain, around ? (command) => around(command, perform, process) : perform);
  }

  /** What was there before, and most times was listed. */
  async #fill(): Promise<void> {
    const random = this.#random;
    const { rows, consents, clients, users } = this.#plain;
    await Promise.all(Object.values(this.#plain).map((collection) => collection.deleteMany({})));
    const tokens = Array.from({ length: 2 + random.below(5) }, (_, index) => ({
      ...newToken(random, START, { isNarrow: this.#isNarrow }),
      _id: `before-${index}`,
    }));
    const granted = CONSENTS.filter(() => random.chance(0.7)).map((_id) => ({
      ...newConsent(_id, random, START),
      _id,
    }));
    await Promise.all([
      rows.insertMany(tokens),
      granted.length > 0 && consents.insertMany(granted),
      clients.insertMany(NAMES.clients),
      users.insertMany(NAMES.users),
    ]);
    for (const { _id } of tokens) this.#tokens.issue(_id);
    if (random.chance(0.7) && !this.#options.focus?.isUnlisted) {
      await new ModelProcess('before', { ...this.#given(), store: this.#plain }).model.refreshWhole();
    }
    for (const row of await rows.find().sort({ _id: 1 }).toArray()) this.#onWritten('rows', row._id, row);
    for (const one of await consents.find().sort({ _id: 1 }).toArray())
      this.#onWritten('consents', one._id, one);
  }

  #actors(servers: ModelProcess[]): Actor[] {
    const random = this.#random;
    const actors: Actor[] = [];
    const add = (name: string, process: string, work: () => Promise<void>) =>
      actors.push({ name, process, work });
    for (const server of servers) {
      for (let lister = 1; lister <= 1 + random.below(2); lister += 1) {
        const lists = this.#options.focus?.lists ?? 1 + random.below(3);
        add(`lister ${lister} of ${server.name}`, server.name, () => server.list(lists));
      }
    }
    const writes = this.#options.focus?.writes ?? random.of([5, 5, 10]);
    for (const name of ['w1', 'w2']) {
      const given = {
        store: this.#storeOf(name),
        history: this.#history,
        tokens: this.#tokens,
        suspensions: this.#suspensions,
        steps: () => this.scheduler.steps,
        random,
        habit: this.#habit,
        isNarrow: this.#isNarrow,
      };
      add(name, name, () => new Writer(name, given).work(2 + random.below(writes - 1)));
    }
    const invited = this.#options.focus?.guests ?? [random.of(GUESTS), random.of(GUESTS)];
    for (const [index, guest] of invited.entries()) {
      const process = random.chance(0.5) ? random.maybeOf(servers) : undefined;
      const own = process ?? this.#process(`${guest}${index}`);
      add(`${guest} ${index}`, own.name, () => this.#workAs(guest, own));
    }
    return actors;
  }

  async #workAs(guest: Guest, process: ModelProcess): Promise<void> {
    switch (guest) {
      case 'revoker':
        for (let asked = 0; asked < 2; asked += 1) {
          await this.#revocations.during(process.name, this.#history.latest, () => process.revoke());
        }
        return;
      case 'suspender':
        for (let asked = 0; asked < 2; asked += 1) {
          await process.suspend(this.#suspensions, () => this.scheduler.steps);
        }
        return;
      case 'finisher':
        await finishRevocations(process.model, 0);
        await keepSuspensions(process.model, 0);
        return;
      case 'purger':
        await purge(process.model, { before: START, dryRun: false });
        return;
      case 'rebuilder':
        return rebuild(process.model);
      case 'scan':
        await findForgotten(process.model, 3);
        return;
      case 'clock':
        for (let minutes = 0; minutes < 3; minutes += 1) {
          const later = new Date(this.#history.now.getTime() + MINUTE);
          await this.scheduler.step(
            () => 'a minute passes',
            async () => this.#history.setNow(later),
          );
        }
    }
  }

  /** Whoever is left finishes what was cut off, and answers lists as ever. */
  #finisher(servers: ModelProcess[]): Actor {
    const left = servers.filter(({ name }) => !this.scheduler.crashed.has(name));
    const work = async () => {
      for (const { model } of left.slice(0, 1)) {
        await finishRevocations(model, 0);
        await keepSuspensions(model, 0);
      }
      for (const account of ACCOUNTS) {
        for (const server of left) {
          await server.listOnce(account, 'active');
          await server.listOnce(account, 'all');
        }
      }
    };
    return { name: 'finisher', process: 'whoever is left', work };
  }

  /** As if the time of its lease had run out. */
  async #leaseEnds(process: string): Promise<void> {
    const own = { ...STATE, 'lease.holder': { $regex: `^${process}#` } };
    await this.#plain.state.updateOne(own, { $unset: { lease: '', backlog: '' } });
  }
}
