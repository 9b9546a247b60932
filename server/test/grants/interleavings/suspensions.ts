import { isDeepStrictEqual } from 'node:util';
import type { GrantIdentity } from '../../../src/grants/rows/identity.ts';
import type { Suspension } from '../../../src/grants/rows/store.ts';

/** What became of suspensions, and which of them somebody was told of. */
export class Suspensions {
  readonly #stored = new Map<string, Suspension>();
  /** After how many commands. */
  readonly #answered = new Map<string, number>();

  write(_id: string, suspension: Suspension): void {
    this.#stored.set(_id, suspension);
  }

  /** Somebody was told that a grant is suspended. */
  answer(grant: GrantIdentity, step: number): void {
    const lasting = this.#lasting(grant);
    if (lasting && !this.#answered.has(lasting._id)) this.#answered.set(lasting._id, step);
  }

  wasAnswered(_id: string): boolean {
    return this.#answered.has(_id);
  }

  /** Whether somebody was told before a step that a grant is suspended, and it still is. */
  isHeldSince(grant: GrantIdentity, step: number): boolean {
    const lasting = this.#lasting(grant);
    return lasting !== undefined && (this.#answered.get(lasting._id) ?? Number.POSITIVE_INFINITY) <= step;
  }

  #lasting(grant: GrantIdentity): Suspension | undefined {
    return [...this.#stored.values()].find(
      (one) => one.ended_at === null && isDeepStrictEqual(one.grant, grant),
    );
  }
}
