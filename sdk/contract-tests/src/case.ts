/** Something in which a server differs from its document. */
export interface Difference {
  operationId: string;
  fault: string;
  /** How often it was met in this case. */
  times: number;
  /** The command that repeats the first request that showed it. Secrets are variables in it. */
  command: string;
}

/** Why something is skipped that needs more than `GET`. */
export const IT_WRITES = 'it writes (--allow-writes)';

/** What each answer has of its own: the id of its request. */
const IDS = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g;

/** Ends a case early: what it needs is not there. */
export class CaseEnded extends Error {}

/** One thing that was tested, as reports list it. */
export class Case {
  /** A document's name, or `across-documents`. */
  readonly suite: string;
  readonly name: string;
  requests = 0;
  seconds = 0;
  /** Why it was not, or not wholly, tested. */
  skipped: string | undefined;
  readonly #differences = new Map<string, Difference>();

  constructor(suite: string, name: string) {
    this.suite = suite;
    this.name = name;
  }

  get differences(): Difference[] {
    return [...this.#differences.values()];
  }

  /** Notes a difference; the same once more, if only for another request id, is only counted. */
  differs(operationId: string, fault: string, command: string): void {
    const key = `${operationId}: ${fault.replaceAll(IDS, 'id')}`;
    const known = this.#differences.get(key);
    if (known) known.times += 1;
    else this.#differences.set(key, { operationId, fault, times: 1, command });
  }

  /** Ends the case with a reason that is no difference. */
  skip(reason: string): never {
    this.skipped = reason;
    throw new CaseEnded(reason);
  }
}
