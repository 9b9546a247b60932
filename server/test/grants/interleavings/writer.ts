import type { RefreshTokenRow } from '../../../src/database/collections.ts';
import { checkedIdentity, type GrantIdentity } from '../../../src/grants/rows/identity.ts';
import type { Store } from '../../../src/grants/rows/store.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Suspensions } from './suspensions.ts';

export const ACCOUNTS = ['a1', 'a2'] as const;
export const USERS = ['u1', 'u2'] as const;
export const CONSENTS = ['k1', 'k2', 'k3'] as const;
export const CLIENTS = ['c1', 'c2'] as const;
const MINUTE = 60_000;

/** What became of the tokens that writers issued. */
export class Tokens {
  /** The rows that a row was rotated from, and itself. */
  readonly #ancestors = new Map<string, readonly string[]>();
  /** Rows that somebody was handed: their rotation has come to its end. */
  readonly issued = new Set<string>();

  issue(_id: string): void {
    this.issued.add(_id);
  }

  rotate(_id: string, from: string): void {
    this.#ancestors.set(_id, [...this.ancestorsOf(from), _id]);
  }

  ancestorsOf(_id: string): readonly string[] {
    return this.#ancestors.get(_id) ?? [_id];
  }
}

/** What writers do most. */
export type Habit = 'everything' | 'insertions' | 'rotations' | 'copies' | 'updates';

/** Values of a new token; few of each, so that tokens often meet in a grant. All in one, where it is narrow. */
export function newToken(random: Random, now: Date, { isNarrow = false } = {}): Omit<RefreshTokenRow, '_id'> {
  const isFirst = (probability: number) => random.chance(probability) || isNarrow;
  const minutes = (count: number) => new Date(now.getTime() + count * MINUTE);
  return {
    consent_id: random.chance(0.5) ? random.of(CONSENTS) : null,
    client_id: isFirst(0.9) ? CLIENTS[0] : CLIENTS[1],
    user_id: isFirst(0.5) ? USERS[0] : USERS[1],
    account_id: isFirst(0.8) ? ACCOUNTS[0] : ACCOUNTS[1],
    project_id: 'p',
    resource: 'r',
    scope: isFirst(0.85) ? ['s'] : ['s', 't'],
    created_at: minutes(-random.below(9)),
    last_used_at: random.chance(0.3) ? minutes(-random.below(9)) : null,
    expires_at: random.chance(0.7) ? minutes(random.below(7) - 1) : null,
    revoked_at: random.chance(0.1) ? minutes(-4) : null,
    updated_at: minutes(-random.below(99)),
  };
}

const USUAL: Record<Habit, number | undefined> = {
  everything: undefined,
  insertions: 0,
  rotations: 3,
  copies: 9,
  updates: 12,
};

/** Values of a consent; whose it is never changes. */
export function newConsent(_id: string, random: Random, now: Date) {
  const { client_id, project_id, resource, scope, created_at } = newToken(random, now);
  const user_id = _id === 'k2' ? USERS[1] : USERS[0];
  const of = { client_id, user_id, account_id: ACCOUNTS[0], project_id, resource, scope };
  return { ...of, granted_at: created_at, updated_at: created_at, expires_at: null, revoked_at: null };
}

interface WriterOptions {
  store: Store;
  history: History;
  tokens: Tokens;
  suspensions: Suspensions;
  /** How many commands there have been. */
  steps: () => number;
  random: Random;
  habit: Habit;
  /** Whether all tokens are of one grant. */
  isNarrow: boolean;
}

/** Another program, that writes as docs/guides/store.md says. */
export class Writer {
  readonly #name: string;
  readonly #store: Store;
  readonly #history: History;
  readonly #tokens: Tokens;
  readonly #suspensions: Suspensions;
  readonly #steps: () => number;
  readonly #random: Random;
  readonly #habit: Habit;
  readonly #isNarrow: boolean;
  #issued = 0;

  constructor(name: string, given: WriterOptions) {
    this.#name = name;
    this.#habit = given.habit;
    this.#isNarrow = given.isNarrow;
    this.#store = given.store;
    this.#history = given.history;
    this.#tokens = given.tokens;
    this.#suspensions = given.suspensions;
    this.#steps = given.steps;
    this.#random = given.random;
  }

  async work(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) await this.#writeSomething();
  }

  #writeSomething(): Promise<unknown> {
    const random = this.#random;
    const row = random.maybeOf([...this.#history.at(this.#history.latest).rows.values()]);
    const usual = random.chance(0.7) ? USUAL[this.#habit] : undefined;
    const kind = usual ?? random.below(14);
    if (!row || kind < 3)
      return this.#insert(newToken(random, this.#history.now, { isNarrow: this.#isNarrow }));
    if (kind < 7) return this.#rotate(row);
    if (kind < 8) return this.#update(row._id, { revoked_at: this.#history.now });
    if (kind < 9)
      return this.#update(row._id, { expires_at: newToken(random, this.#history.now).expires_at ?? null });
    if (kind < 10) return this.#copy(row);
    if (kind < 12) return this.#consent();
    return this.#update(row._id, { last_used_at: new Date(this.#history.now.getTime() - random.below(99)) });
  }

  async #insert(token: Omit<RefreshTokenRow, '_id'>): Promise<string> {
    this.#issued += 1;
    const _id = `${this.#name}-${this.#issued}`;
    await this.#store.rows.insertOne({ ...token, _id });
    this.#tokens.issue(_id);
    return _id;
  }

  async #update(_id: string, change: Partial<RefreshTokenRow>): Promise<void> {
    const $set = { ...change, updated_at: this.#writtenAt() };
    await this.#store.rows.updateOne({ _id }, { $set, $unset: { grouped: '' } });
  }

  /** A writer's clock may say anything, and the same twice. */
  #writtenAt(): Date {
    return new Date(this.#random.below(3) * 1_000);
  }

  /** Our own field with it, as happens: its hash is that of another grant. */
  async #copy({ grouped: _, purged: __, ...copied }: RefreshTokenRow): Promise<void> {
    const scope = this.#random.chance(0.5) ? ['s'] : ['s', 't'];
    await this.#insert({ ...copied, scope, updated_at: this.#writtenAt() });
  }

  async #consent(): Promise<void> {
    const _id = this.#random.of(CONSENTS);
    const $set = { ...newConsent(_id, this.#random, this.#history.now), updated_at: this.#writtenAt() };
    await this.#store.consents.updateOne({ _id }, { $set, $unset: { grouped: '' } }, { upsert: true });
  }

  /**
   * Rotates a token as the guide says: reads the mark of its grant, checks the old row, inserts the new one, consumes
   * the old one if nobody else has, and reads the mark again. Unless all that went well, the new one is revoked, and
   * nobody is handed it.
   */
  async #rotate({ _id }: RefreshTokenRow): Promise<void> {
    const old = this.#history.at(this.#history.latest).rows.get(_id);
    if (!old) return;
    const began = this.#steps();
    const mark = await this.#markOf(old);
    if (mark?.revoking) return;
    const before = await this.#store.rows.findOne({ _id });
    if (!before || before.revoked_at) return;
    const now = this.#history.now;
    const { grouped: _, purged: __, grant_hash, ...values } = old;
    this.#issued += 1;
    const next = `${this.#name}-${this.#issued}`;
    this.#tokens.rotate(next, _id);
    const copied = this.#random.chance(0.3) && grant_hash ? { grant_hash } : {};
    await this.#store.rows.insertOne({ ...values, ...copied, _id: next, revoked_at: null, created_at: now });
    const consumed = await this.#store.rows.findOneAndUpdate(
      { _id, revoked_at: null },
      { $set: { revoked_at: now, updated_at: this.#writtenAt() }, $unset: { grouped: '' } },
    );
    const markAfter = await this.#markOf(old);
    if (!consumed || markAfter?.revocation !== mark?.revocation) {
      return this.#update(next, { revoked_at: now });
    }
    if (this.#suspensions.isHeldSince(identityOf(old), began)) {
      throw new Error(`${next} was issued, though its grant was suspended before that began`);
    }
    this.#tokens.issue(next);
  }

  #markOf(row: RefreshTokenRow) {
    const projection = { revocation: 1, revoking: 1 };
    return this.#store.grants.findOne({ _id: identityOf(row) }, { projection });
  }
}

/** The grant of a row whose scopes are sorted. */
export function identityOf(row: RefreshTokenRow): GrantIdentity {
  return { ...checkedIdentity(row), scope: [...row.scope] };
}
