import type { Logger } from 'pino';

/** Something that is wrong for a while: the log says when it begins and when it is over, not each time it is found. */
export class Condition {
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #messages: { begins: string; ends: string };
  #isFound = false;

  constructor(log: Pick<Logger, 'info' | 'warn'>, messages: { begins: string; ends: string }) {
    this.#log = log;
    this.#messages = messages;
  }

  /** @param facts what the log says of it; undefined if it is not so, or not any more */
  note(facts: object | undefined): void {
    if (facts && !this.#isFound) this.#log.warn(facts, this.#messages.begins);
    if (!facts && this.#isFound) this.#log.info(this.#messages.ends);
    this.#isFound = facts !== undefined;
  }
}
