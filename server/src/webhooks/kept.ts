import type { mongo } from 'mongoose';
import type { Collections, WebhookMessageRow } from '../database/collections.ts';
import { checked, equals, isOneOf } from '../database/filters.ts';
import { KEPT_MS } from './queue.ts';

/** What the outbox holds for a receiver. */
export interface Holding {
  receiver: string;
  waiting: number;
  dead: number;
  /** When the oldest message that waits was written; null if none does. */
  oldest: Date | null;
}

/** At most how many messages a sample counts, in each state. */
export const MAX_SAMPLED = 10_000;

/** A message that was given up. */
export interface DeadMessage extends Pick<WebhookMessageRow, 'receiver' | 'id' | 'attempts'> {
  error: string | null;
  dead_at: Date | null;
  /** As it was sent. */
  message: unknown;
}

/** Which messages to send again. */
export type Replayed = { receiver?: string | undefined } & ({ all: true } | { ids: string[] });

/** What is kept in the outbox, for its operators. */
export class KeptMessages {
  readonly #messages: mongo.Collection<WebhookMessageRow>;

  constructor({ webhookMessages: { db } }: Pick<Collections, 'webhookMessages'>) {
    this.#messages = db.collection('webhook_messages');
  }

  /** By receiver; those for which nothing waits and nothing is dead are left out. */
  async holdings(): Promise<Holding[]> {
    const found = await this.#messages
      .aggregate<{ _id: string; waiting: number; dead: number; oldest: Date | null }>([
        { $match: { state: { $in: ['waiting', 'dead'] } } },
        {
          $group: {
            _id: '$receiver',
            waiting: { $sum: { $cond: [IS_WAITING, 1, 0] } },
            dead: { $sum: { $cond: [IS_WAITING, 0, 1] } },
            oldest: { $min: { $cond: [IS_WAITING, '$numbered_at', null] } },
          },
        },
        { $sort: { _id: 1 } },
      ])
      .toArray();
    return found.map(({ _id: receiver, ...counts }) => ({ receiver, ...counts }));
  }

  /**
   * The same for monitoring, at a bounded cost: counts end at `MAX_SAMPLED`, and the oldest is that of those counted.
   *
   * @param limit how long each of its queries may take, in milliseconds
   */
  async sample(limit: number): Promise<Holding[]> {
    const receivers = await this.#messages.distinct('receiver', IS_KEPT, { timeoutMS: limit });
    return Promise.all(
      receivers.map(async (receiver) => {
        const [waiting, dead] = await Promise.all(
          (['waiting', 'dead'] as const).map((state) => this.#sample({ state, receiver }, limit)),
        );
        return {
          receiver,
          waiting: waiting?.count ?? 0,
          dead: dead?.count ?? 0,
          oldest: waiting?.oldest ?? null,
        };
      }),
    );
  }

  async #sample(which: { state: 'waiting' | 'dead'; receiver: string }, limit: number) {
    const counted = { _id: null, count: { $sum: 1 }, oldest: { $min: '$numbered_at' } };
    const pipeline = [{ $match: which }, { $limit: MAX_SAMPLED }, { $group: counted }];
    const found = this.#messages.aggregate<{ count: number; oldest: Date }>(pipeline, { timeoutMS: limit });
    return (await found.toArray())[0];
  }

  /** The messages that were given up, in the order of their numbers. */
  async *dead(receiver?: string): AsyncGenerator<DeadMessage> {
    for (const name of receiver === undefined ? await this.receivers() : [receiver]) {
      const which = { state: 'dead' as const, receiver: equals(name) };
      for await (const { id, attempts, error, ended_at, body } of this.#messages
        .find(which)
        .sort(BY_NUMBER)) {
        yield {
          receiver: name,
          id,
          attempts,
          error: error ?? null,
          dead_at: ended_at ?? null,
          message: JSON.parse(body),
        };
      }
    }
  }

  /**
   * Has messages sent again: all dead ones, or those with some ids, delivered ones too while they are kept.
   *
   * @returns how many; of ids, those that no message has
   */
  async replay(which: Replayed, now: Date): Promise<{ count: number; unknown: string[] }> {
    const receivers = which.receiver === undefined ? await this.receivers() : [which.receiver];
    if ('all' in which) {
      const dead = { state: 'dead' as const, receiver: isOneOf(receivers) };
      return { count: await this.#sendAgain(dead, now), unknown: [] };
    }
    const ids = which.ids.map(checked);
    const named = { _id: isOneOf(receivers.flatMap((name) => ids.map((id) => `${name}/${id}`))) };
    const known = new Set(await this.#messages.distinct('id', named));
    const unknown = ids.filter((id) => !known.has(id));
    if (unknown.length > 0) return { count: 0, unknown };
    const ended = { ...named, state: { $in: ['dead' as const, 'delivered' as const] } };
    return { count: await this.#sendAgain(ended, now), unknown };
  }

  async #sendAgain(which: mongo.Filter<WebhookMessageRow>, now: Date): Promise<number> {
    const expire_at = new Date(now.getTime() + KEPT_MS.waiting);
    const { modifiedCount } = await this.#messages.updateMany(which, {
      $set: { state: 'waiting', attempts: 0, next_at: now, expire_at },
      $unset: { error: '', ended_at: '' },
    });
    return modifiedCount;
  }

  /** The receivers that have messages. */
  receivers(): Promise<string[]> {
    return this.#messages.distinct('receiver', IS_KEPT);
  }
}

const IS_KEPT = { state: { $in: ['waiting' as const, 'dead' as const, 'delivered' as const] } };
const IS_WAITING = { $eq: ['$state', 'waiting'] };
const BY_NUMBER = { number: 1 } as const;
