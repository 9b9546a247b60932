import type { mongo } from 'mongoose';
import type { WebhookMessageRow } from '../database/collections.ts';

const DAY = 24 * 60 * 60 * 1_000;

/** How long messages are kept, in milliseconds: waiting ones since a server that has their receiver last saw to them. */
export const KEPT_MS = { waiting: 30 * DAY, delivered: 7 * DAY, dead: 30 * DAY };

/**
 * The messages that wait for one receiver. Those of a grant, or a consent, are delivered in the order of their numbers;
 * a message waits until the one before it is delivered or dead.
 */
export class Queue {
  readonly #messages: mongo.Collection<WebhookMessageRow>;
  readonly #waiting: { state: 'waiting'; receiver: string };
  readonly #clock: () => Date;

  constructor(messages: mongo.Collection<WebhookMessageRow>, receiver: string, clock: () => Date) {
    this.#messages = messages;
    this.#waiting = { state: 'waiting', receiver };
    this.#clock = clock;
  }

  /**
   * Messages to send now, of as many grants.
   *
   * @param except the keys of grants that have one on its way
   */
  async next(except: string[], limit: number): Promise<WebhookMessageRow[]> {
    for (;;) {
      const now = this.#clock();
      const isDue = { next_at: { $lte: now } };
      const due = await this.#messages
        .find({ ...this.#waiting, ...isDue, key: { $nin: except } }, { projection: { key: 1 } })
        .sort({ next_at: 1, number: 1 })
        .limit(limit)
        .toArray();
      if (due.length === 0) return [];
      const heads = await this.#headsOf([...new Set(due.map(({ key }) => key))]);
      const ready = heads.filter((head) => (head.next_at ?? now) <= now);
      // What waits for another is looked at again with it.
      for (const { key, next_at } of heads.filter((head) => !ready.includes(head))) {
        const expire_at = this.#in(KEPT_MS.waiting);
        await this.#messages.updateMany(
          { ...this.#waiting, ...isDue, key },
          { $set: { next_at, expire_at } },
        );
      }
      if (ready.length > 0)
        return this.#messages.find({ _id: { $in: ready.map(({ _id }) => _id) } }).toArray();
    }
  }

  /** The first message of each key. */
  #headsOf(keys: string[]): Promise<{ _id: string; key: string; next_at: Date | null }[]> {
    return this.#messages
      .aggregate<{ _id: string; key: string; next_at: Date | null }>([
        { $match: { ...this.#waiting, key: { $in: keys } } },
        { $sort: { key: 1, number: 1 } },
        { $group: { _id: '$key', head: { $first: '$_id' }, next_at: { $first: '$next_at' } } },
        { $project: { _id: '$head', key: '$_id', next_at: 1 } },
      ])
      .toArray();
  }

  /** The message has been delivered. */
  async delivered(message: WebhookMessageRow): Promise<void> {
    await this.#settle(message, { state: 'delivered', expire_at: this.#in(KEPT_MS.delivered) });
  }

  /** It failed, and is tried again. @param wait in milliseconds */
  async failed({ _id, attempts }: WebhookMessageRow, error: string, wait: number): Promise<void> {
    const set = { error, next_at: this.#in(wait), expire_at: this.#in(KEPT_MS.waiting) };
    await this.#messages.updateOne({ _id, state: 'waiting', attempts }, { $set: set, $inc: { attempts: 1 } });
  }

  /** It failed, and is given up. */
  async dead(message: WebhookMessageRow, error: string): Promise<void> {
    await this.#settle(message, { state: 'dead', error, expire_at: this.#in(KEPT_MS.dead) });
  }

  async #settle({ _id, key }: WebhookMessageRow, set: Partial<WebhookMessageRow>): Promise<void> {
    const ended_at = this.#clock();
    await this.#messages.updateOne(
      { _id, state: 'waiting' },
      { $set: { ...set, ended_at }, $inc: { attempts: 1 }, $unset: { next_at: '' } },
    );
    // The next one of the grant need not wait for its own time any more.
    const next = { ...this.#waiting, key };
    await this.#messages.findOneAndUpdate(next, { $min: { next_at: ended_at } }, { sort: { number: 1 } });
  }

  #in(milliseconds: number): Date {
    return new Date(this.#clock().getTime() + milliseconds);
  }
}
