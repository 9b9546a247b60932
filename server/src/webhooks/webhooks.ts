import type { LookupFunction } from 'node:net';
import type { Logger } from 'pino';
import type { Collections, WebhookMessageRow } from '../database/collections.ts';
import { Deliveries } from './deliveries.ts';
import { numberEvents } from './numbering.ts';
import { Outbox } from './outbox.ts';
import { Queue } from './queue.ts';
import { type Receiver, type ReceiversConfig, readReceivers } from './receivers.ts';
import { type Outcome, send } from './send.ts';

/** How often there is a turn, in milliseconds. */
const EVERY_MS = 1_000;
/** How often the file of receivers is read again, and how often the outbox is told of them. */
const READING_MS = 10_000;
const REGISTERING_MS = 10 * 60_000;

/** How long a delivery on its way may take once we are told to stop, in milliseconds; then it is sent again later. */
const PATIENCE_MS = 10_000;

export interface WebhooksOptions {
  collections: Collections;
  config: ReceiversConfig;
  receivers: Receiver[];
  clock: () => Date;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Of one delivery, in milliseconds. */
  limit?: number;
  /** Resolves names; the system's by default. */
  lookup?: LookupFunction;
}

/** Sends what the audit trail says to the receivers, to each while this server has its lease. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #outbox: Outbox;
  readonly #deliveries = new Map<string, Deliveries>();
  readonly #aborting = new AbortController();
  #receivers: Map<string, Receiver>;
  #fault = '';
  #read = performance.now();
  #registered = Number.NEGATIVE_INFINITY;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.collections, options.clock);
    this.#receivers = byName(options.receivers);
  }

  /**
   * Takes turns until it is stopped.
   *
   * @returns stops it; resolves once what is on its way has ended, or after 10 seconds
   */
  start(): () => Promise<void> {
    let turn: Promise<void> | undefined;
    const takeTurn = () => {
      turn ??= this.turn()
        .catch((err: unknown) => this.#options.log.warn({ err }, 'could not number webhooks; trying again'))
        .finally(() => {
          turn = undefined;
        });
    };
    // At once, so that the receivers are known before the first request.
    takeTurn();
    const timer = setInterval(takeTurn, EVERY_MS).unref();
    return async () => {
      clearInterval(timer);
      this.#outbox.stop();
      await turn;
      await this.#stop();
    };
  }

  /** Numbers what is new, and starts to deliver what is due, each if this server has the lease. */
  async turn(): Promise<void> {
    if (performance.now() - this.#read >= READING_MS) await this.reread();
    if (this.#receivers.size === 0) return;
    if (performance.now() - this.#registered >= REGISTERING_MS) await this.#register();
    const numbers = await this.#outbox.hold(this.#receivers.keys());
    if (numbers) await numberEvents(this.#outbox, await this.#outbox.registered(), this.#options.log);
    for (const name of this.#receivers.keys()) this.#deliveriesTo(name).fill();
  }

  /** Whether this server writes the messages of new events, and no other does. */
  get isNumbering(): boolean {
    return this.#outbox.isNumbering;
  }

  /** Resolves once nothing is on its way, and nothing is due. */
  async settled(): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((deliveries) => deliveries.settled()));
  }

  /**
   * Reads the file of receivers again, so that secrets are rotated without a restart. A file that is wrong, or cannot be
   * read, changes nothing, and the log says so once.
   */
  async reread(): Promise<void> {
    const { config, log } = this.#options;
    this.#read = performance.now();
    if (config.webhooksFile === undefined) return;
    try {
      const receivers = byName(await readReceivers(config));
      if (this.#fault) log.info('WEBHOOKS_FILE is right again');
      this.#fault = '';
      if (show(receivers) === show(this.#receivers)) return;
      this.#receivers = receivers;
      this.#registered = Number.NEGATIVE_INFINITY;
      log.info({ receivers: [...receivers.keys()] }, 'WEBHOOKS_FILE has changed: its receivers are in use');
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (fault !== this.#fault) log.error(`${fault}\nThe receivers stay as they were.`);
      this.#fault = fault;
    }
  }

  async #register(): Promise<void> {
    await this.#outbox.register([...this.#receivers.values()]);
    this.#registered = performance.now();
  }

  #deliveriesTo(receiver: string): Deliveries {
    const known = this.#deliveries.get(receiver);
    if (known) return known;
    const { clock, log } = this.#options;
    const deliveries = new Deliveries({
      receiver,
      queue: new Queue(this.#outbox.messages, receiver, clock),
      send: (message) => this.#send(receiver, message),
      mayStart: () => this.#outbox.isHeld(receiver) && this.#receivers.has(receiver),
      log,
    });
    this.#deliveries.set(receiver, deliveries);
    return deliveries;
  }

  async #send(name: string, message: WebhookMessageRow): Promise<Outcome | undefined> {
    const { config, clock, limit, lookup } = this.#options;
    const receiver = this.#receivers.get(name);
    if (!receiver) return undefined;
    const { signal } = this.#aborting;
    const allowPrivate = config.webhooksAllowPrivate;
    const outcome = await send(receiver, message, { allowPrivate, at: clock(), limit, lookup, signal });
    return !outcome.delivered && signal.aborted ? undefined : outcome;
  }

  async #stop(): Promise<void> {
    const late = setTimeout(() => this.#aborting.abort(), PATIENCE_MS);
    await this.settled();
    clearTimeout(late);
    await this.#outbox.release().catch((err: unknown) =>
      // They run out by themselves.
      this.#options.log.warn({ err }, 'could not release the leases of the outbox'),
    );
  }
}

function byName(receivers: Receiver[]): Map<string, Receiver> {
  return new Map(receivers.map((receiver) => [receiver.name, receiver]));
}

function show(receivers: Map<string, Receiver>): string {
  return JSON.stringify([...receivers.values()]);
}
