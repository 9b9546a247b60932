import type { Logger } from 'pino';
import type { WebhookMessageRow } from '../database/collections.ts';
import { waitAfter } from './backoff.ts';
import type { Queue } from './queue.ts';
import type { Outcome } from './send.ts';

/** How many messages are on their way to one receiver at once. */
const AT_ONCE = 8;

export interface DeliveriesOptions {
  receiver: string;
  queue: Queue;
  /** Returns undefined if it was given up because the server stops. */
  send: (message: WebhookMessageRow) => Promise<Outcome | undefined>;
  /** Whether one may start now. */
  mayStart: () => boolean;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** The deliveries to one receiver: some at once, one at a time for each grant. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  /** By the key of the grant. */
  readonly #running = new Map<string, Promise<void>>();
  #filling = Promise.resolve();

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Starts what is due, as far as there is room; more follows whenever one ends. */
  fill(): void {
    this.#filling = this.#filling
      .then(() => this.#fill())
      .catch((err: unknown) => this.#options.log.warn({ err }, 'could not read the outbox; trying again'));
  }

  /** Resolves once nothing is on its way, and nothing else is due. */
  async settled(): Promise<void> {
    for (;;) {
      const filling = this.#filling;
      await filling;
      await Promise.all(this.#running.values());
      if (filling === this.#filling && this.#running.size === 0) return;
    }
  }

  async #fill(): Promise<void> {
    const { queue, mayStart } = this.#options;
    const room = AT_ONCE - this.#running.size;
    if (room === 0 || !mayStart()) return;
    for (const message of await queue.next([...this.#running.keys()], room)) {
      const running = this.#deliver(message)
        .then(
          () => true,
          (err: unknown) => {
            this.#options.log.warn({ err }, 'could not keep how a webhook was answered; it is sent again');
            return false;
          },
        )
        .then((isKept) => {
          this.#running.delete(message.key);
          // What could not be kept is due still: not at once.
          if (isKept) this.fill();
        });
      this.#running.set(message.key, running);
    }
  }

  async #deliver(message: WebhookMessageRow): Promise<void> {
    const { queue, send, log, receiver } = this.#options;
    const outcome = await send(message);
    if (outcome === undefined) return;
    const { id, type, attempts } = message;
    const about = { receiver, webhook: id, type, attempts: attempts + 1 };
    if (outcome.delivered) {
      await queue.delivered(message);
      log.info(about, 'delivered a webhook');
      return;
    }
    const { error, status, retryAfter } = outcome;
    const wait = status === GONE ? undefined : waitAfter(attempts, retryAfter);
    if (wait !== undefined) {
      await queue.failed(message, error, wait);
      log.info(
        { ...about, error, retry_in: Math.round(wait / 1_000) },
        'could not deliver a webhook; trying again',
      );
      return;
    }
    await queue.dead(message, error);
    const why = status === GONE ? 'the receiver says that it is gone' : 'it was the last attempt';
    log.warn({ ...about, error }, `gave up a webhook: ${why}; grantkeeper webhooks replay sends it again`);
  }
}

/** The receiver wants no more: 410. */
const GONE = 410;
