import { answerOf, requireOperation } from './answers.ts';
import type { ErrorOf, ExampleOf, OperationId } from './documents.ts';

/** How a call is to fail. */
export interface FailureOptions<Example extends string = string> {
  /** Which of the document's examples for the status is the body; the first, unless told. */
  example?: Example | undefined;
  /** Headers to add, or to send in place of the documented ones, such as a `Retry-After`. */
  headers?: Record<string, string> | undefined;
  /** How many calls fail: 1 unless told, or `Infinity`. The SDK retries what may pass: each try is a call. */
  times?: number | undefined;
}

/** What a call fails with. */
export interface OrderedFailure extends FailureOptions {
  /** `network`, where no answer comes. */
  status: number | 'network';
}

/** The failures that an operation can be ordered to end in. */
export type FailureOf<Id extends OperationId> = ErrorOf<Id> | 'network';

/** The names of the examples of a failure. */
export type FailureExample<Id extends OperationId, Status> =
  Status extends ErrorOf<Id> ? ExampleOf<Id, Status> : never;

/** The failures and delays that were ordered and have not come yet. */
export class Orders {
  readonly #failures: (OrderedFailure & { id: OperationId; left: number })[] = [];
  readonly #delays = new Map<OperationId | undefined, number>();

  /** It throws a TypeError where there is no such operation, or its document does not have such an answer. */
  fail(id: OperationId, status: number | 'network', options: FailureOptions): void {
    requireOperation(id);
    const { example, times = 1 } = options;
    if (status !== 'network') {
      const { examples } = answerOf(id, status);
      if (example !== undefined && !(example in examples)) {
        const names = Object.keys(examples).join(', ');
        throw new TypeError(`${id} has no example ${example} for ${status} in its document, only ${names}`);
      }
    }
    this.#failures.push({ ...options, id, status, left: times });
  }

  /** Without an id, for every operation that has no delay of its own. */
  delay(milliseconds: number, id?: OperationId): void {
    if (id !== undefined) requireOperation(id);
    this.#delays.set(id, milliseconds);
  }

  /** How long this call takes, in milliseconds, and what it fails with, if it is to. */
  next(id: OperationId | undefined): { delay: number; failure: OrderedFailure | undefined } {
    const failure = this.#failures.find((one) => one.id === id && one.left > 0);
    if (failure) failure.left--;
    return { delay: this.#delays.get(id) ?? this.#delays.get(undefined) ?? 0, failure };
  }

  clear(): void {
    this.#failures.splice(0);
    this.#delays.clear();
  }
}
