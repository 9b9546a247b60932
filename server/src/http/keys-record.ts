import type { JSONWebKeySet } from 'jose';
import type { Logger } from 'pino';
import { type ClockDifference, differenceTo, noticed } from '../clock-difference.ts';
import { Condition } from '../condition.ts';
import { abbreviated } from './shortened.ts';

/** From where an answer is slow, in milliseconds: requests wait half a second for the keys, then use those they know. */
export const SLOW_MS = 2_000;

/** The unit of the header `Date`, in milliseconds. */
export const DATE_STEP_MS = 1_000;

/** Records how an issuer answers when it is asked for its keys; logs what changes. */
export class KeysRecord {
  /** How long the latest answer took, in milliseconds. */
  took: number | undefined;
  /** How far our clock is from the issuer's, if its answers have a date. */
  clock: ClockDifference | undefined;
  /** How often it was found to publish other keys than before. */
  rotations = 0;
  readonly #log: Pick<Logger, 'info'>;
  readonly #slow: Condition;
  readonly #clocks: Condition;
  #names: string[] | undefined;

  constructor(log: Pick<Logger, 'info' | 'warn'>) {
    this.#log = log;
    this.#slow = new Condition(log, {
      begins: 'the issuer is slow to send its keys',
      ends: 'the issuer sends its keys in time again',
    });
    this.#clocks = new Condition(log, {
      begins: "the clock of this machine differs from the issuer's",
      ends: "the clock of this machine agrees with the issuer's again",
    });
  }

  /** How many keys are known. */
  get count(): number {
    return this.#names?.length ?? 0;
  }

  /** An answer, or its absence, took so many milliseconds. */
  ended(took: number): void {
    this.took = took;
    this.#slow.note(took < SLOW_MS ? undefined : { seconds: took / 1_000 });
  }

  /** @param date the header of an answer; `asked` and `answered` are milliseconds by our clock */
  dated(date: string | null, asked: number, answered: number): void {
    const time = Date.parse(date ?? '');
    if (Number.isNaN(time)) return;
    this.clock = differenceTo(time, asked, answered, DATE_STEP_MS);
    this.#clocks.note(noticed(this.clock));
  }

  /** The issuer has published these keys. */
  published({ keys }: JSONWebKeySet): void {
    const before = this.#names;
    // A key without a name is told from others by its public part.
    const names = keys.map(({ kid, n, x }) => kid ?? n ?? x ?? '');
    this.#names = names;
    if (before === undefined) return;
    const added = names.filter((name) => !before.includes(name));
    const withdrawn = before.filter((name) => !names.includes(name));
    if (added.length + withdrawn.length === 0) return;
    this.rotations += 1;
    this.#log.info(
      { added: abbreviated(added), withdrawn: abbreviated(withdrawn) },
      'the issuer publishes other keys than before',
    );
  }
}
