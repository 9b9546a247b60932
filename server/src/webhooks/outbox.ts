import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { AuditEventRow, Collections, WebhookMessageRow } from '../database/collections.ts';
import { isDuplicateKey } from '../database/duplicate-key.ts';
import { isOver, lasting } from '../database/lease.ts';
import type { StoredEntry } from './message.ts';
import type { Receiver } from './receivers.ts';

/** How long the lease lasts by the database's clock unless it is renewed, in milliseconds. */
const LEASE_MS = 45_000;
/** How old it is when it is renewed. */
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

interface State {
  _id: string;
  last?: number;
  lease?: { holder: string; until: Date };
  receivers?: Record<string, Omit<Registered, 'name'> & { seen: Date }>;
}

const ROW = { _id: 'outbox' };

/**
 * What all servers share to send webhooks: the lease, the numbers, and which receivers there are. Its holder alone
 * numbers and delivers.
 */
export class Outbox {
  readonly events: mongo.Collection<AuditEventRow>;
  readonly entries: mongo.Collection<StoredEntry>;
  readonly messages: mongo.Collection<WebhookMessageRow>;
  readonly clock: () => Date;
  readonly #state: mongo.Collection<State>;
  readonly #holder = randomUUID();
  #renewed = Number.NEGATIVE_INFINITY;
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

  /** Takes the lease, or renews it when it is time; returns whether this server has it. */
  async hold(): Promise<boolean> {
    if (this.#isStopped) return false;
    const now = performance.now();
    if (now - this.#renewed < RENEWAL_MS) return true;
    const isOurs = { $eq: ['$lease.holder', this.#holder] };
    const { matchedCount } = await this.#state.updateOne(
      { ...ROW, $expr: { $or: [isOurs, isOver('$lease.until')] } },
      [{ $set: { lease: this.#lease } }],
    );
    this.#renewed = matchedCount === 1 ? now : Number.NEGATIVE_INFINITY;
    return matchedCount === 1;
  }

  /** Whether a delivery that starts now ends before another server may take the lease. */
  get isHeld(): boolean {
    return !this.#isStopped && performance.now() - this.#renewed < HELD_MS;
  }

  /** Reserves numbers, and renews the lease. Returns the first; undefined if this server does not have the lease. */
  async reserve(count: number): Promise<number | undefined> {
    if (this.#isStopped) return undefined;
    const now = performance.now();
    const last = { $add: [{ $ifNull: ['$last', 0] }, count] };
    const state = await this.#state.findOneAndUpdate(
      { ...ROW, 'lease.holder': this.#holder },
      [{ $set: { last, lease: this.#lease } }],
      { returnDocument: 'after' },
    );
    this.#renewed = state ? now : Number.NEGATIVE_INFINITY;
    return state ? Number(state.last) - count + 1 : undefined;
  }

  /** Ends the numbering, and starts no more deliveries. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Lets another server take the lease at once. */
  async release(): Promise<void> {
    this.#renewed = Number.NEGATIVE_INFINITY;
    await this.#state.updateOne({ ...ROW, 'lease.holder': this.#holder }, { $unset: { lease: '' } });
  }

  get #lease() {
    return { holder: this.#holder, until: lasting(LEASE_MS) };
  }
}
