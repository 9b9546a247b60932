import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers';
import type { Random } from './random.ts';

/** Somebody who uses the database. All actors of a process are lost when it crashes. */
export interface Actor {
  name: string;
  process: string;
  work: () => Promise<void>;
}

/** A process ends for good before one of its commands. */
export interface Crash {
  process: string;
  /** Before which of them. */
  command: number;
}

interface Waiting {
  actor: Actor;
  label: () => string;
  isSleep: boolean;
  take: () => Promise<void>;
}

/** More steps than any schedule has: somebody goes round in circles. */
const MAX_STEPS = 20_000;

const current = new AsyncLocalStorage<{ actor: Actor; scheduler: Scheduler }>();

/** The scheduler of whoever calls, where one runs. */
export function schedulerHere(): Scheduler | undefined {
  return current.getStore()?.scheduler;
}

/** Lets actors take steps one at a time, in an order that a seed decides. */
export class Scheduler {
  readonly trace: (() => string)[] = [];
  readonly crashed = new Set<string>();
  readonly #random: Random;
  #crash: Crash | undefined;
  readonly #onCrash: (process: string) => Promise<void>;
  readonly #commands = new Map<string, number>();
  /** With what probability whoever took the last step takes the next. */
  readonly #stickiness: number;
  readonly #priorities = new Map<string, number>();
  /** With what probability a step changes who goes first; 0 where nobody does. */
  readonly #change: number;
  /** A process that is slow: it is held up after every other step, for many steps of others. */
  slow: string | undefined;
  /** With what probability any other is. */
  readonly #holdUp: number;
  readonly #heldUpUntil = new Map<Actor, number>();
  #waiting: Waiting[] = [];
  #last: Actor | undefined;

  constructor(random: Random, onCrash: (process: string) => Promise<void>) {
    this.#random = random;
    this.#onCrash = onCrash;
    this.#stickiness = random.of([0, 0.5, 0.9]);
    this.#change = random.of([0, 0, 0.01, 0.04]);
    this.#holdUp = random.of([0, 0.03, 0.1]);
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.trace.length;
  }

  /** Waits for the caller's turn, then works while everybody else waits. */
  step<Result>(label: () => string, work: () => Promise<Result>, { isSleep = false } = {}): Promise<Result> {
    const actor = current.getStore()?.actor;
    if (!actor) throw new Error(`nobody's step: ${label()}`);
    return new Promise((resolve, reject) => {
      const take = () => work().then(resolve, reject);
      this.#waiting.push({ actor, label, isSleep, take });
    });
  }

  /** Lets actors work until each is done or crashed. Rejects where one of them does. */
  async run(actors: Actor[], crash?: Crash): Promise<void> {
    this.#crash = crash;
    const unfinished = new Set(actors);
    const failures: unknown[] = [];
    for (const actor of actors) {
      this.#priorities.set(actor.name, this.#random.next());
      const begin = async () => {
        await current.run({ actor, scheduler: this }, actor.work).catch((error) => failures.push(error));
        unfinished.delete(actor);
      };
      void begin();
    }
    for (;;) {
      await everybodyWaits();
      if (failures.length > 0) throw failures[0];
      const isAlive = ({ process }: Actor) => !this.crashed.has(process);
      this.#waiting = this.#waiting.filter(({ actor }) => isAlive(actor));
      // What somebody does in the background goes on when he is answered.
      if (this.#waiting.length === 0 && ![...unfinished].some(isAlive)) return;
      const next = this.#choose();
      if (!next) throw new Error('somebody waits for ever');
      if (this.steps > MAX_STEPS) throw new Error('this has no end');
      if (await this.#crashes(next)) continue;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.#last = next.actor;
      this.trace.push(() => `${next.actor.name}: ${next.label()}`);
      await next.take();
      // Whoever polls lets others go on.
      if (this.#random.chance(next.actor.process === this.slow ? 0.5 : this.#holdUp)) {
        this.#heldUpUntil.set(next.actor, this.steps + 10 + this.#random.below(100));
      }
      if (next.isSleep) this.#priorities.set(next.actor.name, this.#random.next() - this.steps);
    }
  }

  #choose(): Waiting | undefined {
    const random = this.#random;
    const isFree = ({ actor }: Waiting) => (this.#heldUpUntil.get(actor) ?? 0) <= this.steps;
    const free = this.#waiting.filter(isFree);
    const waiting = free.length > 0 ? free : this.#waiting;
    if (this.#change === 0) {
      const same = waiting.filter(({ actor, isSleep }) => actor === this.#last && !isSleep);
      return random.maybeOf(same.length > 0 && random.chance(this.#stickiness) ? same : waiting);
    }
    const priorityOf = ({ actor }: Waiting) => this.#priorities.get(actor.name) ?? 0;
    const highest = () => Math.max(...waiting.map(priorityOf));
    const first = waiting.find((one) => priorityOf(one) === highest());
    if (first && random.chance(this.#change)) this.#priorities.set(first.actor.name, -this.steps);
    return random.maybeOf(waiting.filter((one) => priorityOf(one) === highest()));
  }

  async #crashes({ actor: { process } }: Waiting): Promise<boolean> {
    const command = (this.#commands.get(process) ?? 0) + 1;
    this.#commands.set(process, command);
    if (this.#crash?.process !== process || this.#crash.command !== command) return false;
    this.crashed.add(process);
    this.trace.push(() => `${process} crashes`);
    await this.#onCrash(process);
    return true;
  }
}

/** Between two steps only promises are at work, and they are done before the next turn of the event loop. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
