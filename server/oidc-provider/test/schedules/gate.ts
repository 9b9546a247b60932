import { setImmediate } from 'node:timers/promises';
import type { Random } from '../../../test/grants/interleavings/random.ts';
import type { Crash, Actor as NamedActor } from '../../../test/grants/interleavings/scheduler.ts';

/** Somebody who asks a process for something, and is lost when it crashes. */
export type Actor = Omit<NamedActor, 'name'>;

interface Waiting {
  process: string;
  label: () => string;
  take: () => Promise<void>;
  fail: (error: Error) => void;
}

/** How long to wait for an actor that gives no command, in turns of the event loop: it may be signing, or be answered. */
const PATIENCE = 2_000;

/**
 * Lets the commands that processes give the database through, one at a time, in an order that a seed decides. While no
 * schedule runs, all pass.
 */
export class Gate {
  #waiting: Waiting[] = [];
  #commands = new Map<string, number>();
  #crash: Crash | undefined;
  #isOpen = true;
  readonly crashed = new Set<string>();
  readonly trace: (() => string)[] = [];

  /** How many commands were carried out. */
  get steps(): number {
    return this.trace.length;
  }

  /** The turns of a process. */
  of(process: string) {
    return {
      step: <Result>(label: () => string, work: () => Promise<Result>): Promise<Result> => {
        if (this.#isOpen) return work();
        return new Promise((resolve, fail) => {
          const take = () => work().then(resolve, fail);
          this.#waiting.push({ process, label, take, fail });
        });
      },
    };
  }

  /** Lets actors work until each is done, or lost. Rejects where one of them does. */
  async run(actors: Actor[], random: Random, crash?: Crash): Promise<void> {
    this.#isOpen = false;
    this.#crash = crash;
    this.#commands = new Map();
    this.trace.length = 0;
    const stickiness = random.of([0, 0.5, 0.9]);
    const unfinished = new Set(actors);
    const failures: unknown[] = [];
    for (const actor of actors) {
      void actor
        .work()
        .catch((error: unknown) => this.crashed.has(actor.process) || failures.push(error))
        .finally(() => unfinished.delete(actor));
    }
    let last = '';
    for (;;) {
      const isAlive = ({ process }: { process: string }) => !this.crashed.has(process);
      const alive = () => [...unfinished].filter(isAlive).length;
      const ready = () => this.#waiting.filter(isAlive);
      for (let turn = 0; turn < PATIENCE && ready().length < alive(); turn += 1) await setImmediate();
      if (failures.length > 0 || alive() === 0) break;
      const waiting = ready();
      const same = waiting.filter(({ process }) => process === last);
      const next = random.maybeOf(same.length > 0 && random.chance(stickiness) ? same : waiting);
      if (!next) continue;
      if (this.#isCrash(next)) continue;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      last = next.process;
      this.trace.push(() => `${next.process}: ${next.label()}`);
      await next.take();
    }
    this.#open();
    if (failures.length > 0) throw failures[0];
  }

  #isCrash({ process }: Waiting): boolean {
    const command = (this.#commands.get(process) ?? 0) + 1;
    this.#commands.set(process, command);
    if (this.#crash?.process !== process || this.#crash.command !== command) return false;
    this.crashed.add(process);
    this.trace.push(() => `${process} crashes`);
    return true;
  }

  /** What is left of a crashed process never reaches the database. */
  #open(): void {
    this.#isOpen = true;
    for (const { fail } of this.#waiting) fail(new Error('it has crashed'));
    this.#waiting = [];
  }
}
