import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { AuditEventRow, Collections, WebhookMessageRow } from '../database/collections.ts';
import { isDuplicateKey } from '../database/duplicate-key.ts';
import { isOver, lasting } from '../database/lease.ts';
import type { StoredEntry } from './message.ts';
import type { Receiver } from './receivers.ts';

/** How long a lease lasts by the database's clock unless it is renewed, in milliseconds. */
const LEASE_MS = 45_000;
/** How old it is when it is renewed, and when others are tried. */
const RENEWAL_MS = 5_000;
/** Until when deliveries may start: each ends before the lease does. */
const HELD_MS = 25_000;

/** A receiver that no server has had for so long counts as removed, in milliseconds. */
const ABSENCE_MS = 7 * 24 * 60 * 60 * 1_000;

/** A receiver that messages are written for. */
export interface Registered {
  name: string;
  /** Events asked for before this are not for it. */
  since: Date;
  types: string[] | null;
}

/**
 * Filter: the events whose messages are not written yet. There are none of what happened before anybody wanted to know.
 *
 * @param receivers at least one
 */
export function unsentTo(receivers: Pick<Registered, 'since'>[]) {
  const since = new Date(Math.min(...receivers.map((one) => one.since.getTime())));
  return { unsent: true, at: { $gte: since } };
}

interface Lease {
  holder: string;
  until: Date;
}

interface State {
  _id: string;
  last?: number;
  numbering?: Lease;
  receivers?: Record<string, Omit<Registered, 'name'> & { seen: Date; lease?: Lease }>;
}

const ROW = { _id: 'outbox' };

/**
 * What all servers share to send webhooks: the numbers, which receivers there are, and the leases. One server at a time
 * numbers, and one delivers to each receiver: only a server that has it in its own configuration.
 */
export class Outbox {
  readonly events: mongo.Collection<AuditEventRow>;
  readonly entries: mongo.Collection<StoredEntry>;
  readonly messages: mongo.Collection<WebhookMessageRow>;
  readonly clock: () => Date;
  readonly #state: mongo.Collection<State>;
  readonly #holder = randomUUID();
  #wanted: string[] = [];
  #tried = Number.NEGATIVE_INFINITY;
  #numbers = false;
  /** The receivers that this server delivers to, and when it last renewed that. */
  readonly #held = new Map<string, number>();
  #isStopped = false;

  constructor({ webhookState: { db } }: Pick<Collections, 'webhookState'>, clock: () => Date) {
    this.events = db.collection('audit_events');
    this.entries = db.collection('audit_entries');
    this.messages = db.collection('webhook_messages');
    this.#state = db.collection('webhook_state');
    this.clock = clock;
  }

  /**
   * Says that receivers are configured. From the first time on, whichever server numbers an event writes messages for
   * them: servers need not have their configuration at the same time.
   */
  async register(receivers: Receiver[]): Promise<void> {
    const now = this.clock();
    const absent = new Date(now.getTime() - ABSENCE_MS);
    const set = Object.fromEntries(
      receivers.map(({ name, types = null }) => {
        const isKnown = { $gt: [`$receivers.${name}.seen`, absent] };
        const since = { $cond: [isKnown, `$receivers.${name}.since`, now] };
        return [`receivers.${name}`, { since, seen: now, types: { $literal: types } }];
      }),
    );
    const write = () => this.#state.updateOne(ROW, [{ $set: set }], { upsert: true });
    await write().catch((error: unknown) => {
      // Another server was faster to insert it.
      if (!isDuplicateKey(error)) throw error;
      return write();
    });
  }

  /** The receivers that some server has. */
  async registered(): Promise<Registered[]> {
    const { receivers = {} } = (await this.#state.findOne(ROW)) ?? {};
    const absent = this.clock().getTime() - ABSENCE_MS;
    return Object.entries(receivers).flatMap(([name, { seen, since, types }]) =>
      seen.getTime() > absent ? [{ name, since, types }] : [],
    );
  }

  /**
   * Takes the leases that are free, of the numbering and of some receivers, and renews those that this server has, when it
   * is time. That of a receiver which is not among them any more runs out, or is taken by another server.
   *
   * @returns whether this server has the one of the numbering
   */
  async hold(names: Iterable<string>): Promise<boolean> {
    if (this.#isStopped) return false;
    const now = performance.now();
    const wanted = [...names];
    this.#wanted = wanted;
    const hasAll = this.#numbers && wanted.every((name) => this.#held.has(name));
    if (hasAll && now - this.#tried < RENEWAL_MS) return true;
    const fields = ['numbering', ...wanted.map(leaseOf)];
    const set = Object.fromEntries(fields.map((field) => [field, this.#takenOrKept(field)]));
    const state = await this.#state.findOneAndUpdate(ROW, [{ $set: set }], { returnDocument: 'after' });
    this.#tried = now;
    this.#numbers = state?.numbering?.holder === this.#holder;
    for (const name of wanted) {
      if (state?.receivers?.[name]?.lease?.holder === this.#holder) this.#held.set(name, now);
      else this.#held.delete(name);
    }
    return this.#numbers;
  }

  /** Whether this server numbers, and no other does. */
  get isNumbering(): boolean {
    return !this.#isStopped && this.#numbers && performance.now() - this.#tried < HELD_MS;
  }

  /** Whether a delivery to a receiver that starts now ends before another server may take its lease. */
  isHeld(name: string): boolean {
    const renewed = this.#held.get(name) ?? Number.NEGATIVE_INFINITY;
    return !this.#isStopped && performance.now() - renewed < HELD_MS;
  }

  /** Reserves numbers, and renews the leases. Returns the first; undefined if this server does not have that lease. */
  async reserve(count: number): Promise<number | undefined> {
    if (this.#isStopped) return undefined;
    if (performance.now() - this.#tried >= RENEWAL_MS) await this.hold(this.#wanted);
    const last = { $add: [{ $ifNull: ['$last', 0] }, count] };
    const state = await this.#state.findOneAndUpdate(
      { ...ROW, 'numbering.holder': this.#holder },
      [{ $set: { last, numbering: this.#lease } }],
      { returnDocument: 'after' },
    );
    if (state) return Number(state.last) - count + 1;
    // Another server has taken it over: perhaps the others as well.
    this.#numbers = false;
    this.#held.clear();
    return undefined;
  }

  /** Ends the numbering, and starts no more deliveries. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Lets other servers take the leases at once. */
  async release(): Promise<void> {
    const fields = ['numbering', ...[...this.#held.keys()].map(leaseOf)];
    const set = Object.fromEntries(
      fields.map((field) => [field, { $cond: [this.#isOurs(field), '$$REMOVE', `$${field}`] }]),
    );
    this.#numbers = false;
    this.#held.clear();
    await this.#state.updateOne(ROW, [{ $set: set }]);
  }

  #takenOrKept(field: string): object {
    const isFree = { $or: [this.#isOurs(field), isOver(`$${field}.until`)] };
    return { $cond: [isFree, this.#lease, `$${field}`] };
  }

  #isOurs(field: string): object {
    return { $eq: [`$${field}.holder`, this.#holder] };
  }

  get #lease() {
    return { holder: this.#holder, until: lasting(LEASE_MS) };
  }
}

function leaseOf(receiver: string): string {
  return `receivers.${receiver}.lease`;
}
