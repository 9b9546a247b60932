import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Receiver } from '../../src/webhooks/receivers.ts';
import { Webhooks, type WebhooksOptions } from '../../src/webhooks/webhooks.ts';
import type { Service } from '../service.ts';

export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/** A message as a receiver got it. */
export interface Received {
  id: string;
  headers: IncomingHttpHeaders;
  /** As it came. */
  body: string;
  type: string;
  timestamp: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is what it is there to say
  data: any;
}

/** What a receiver does with a message: answers with a status, or as it likes. */
type Answer = (message: Received, res: ServerResponse) => number | undefined | Promise<number | undefined>;

/** A receiver of webhooks on this machine, which checks every signature. */
export class LoopbackReceiver {
  secret = newSecret();
  answer: Answer = () => 204;
  /** Every attempt. */
  readonly attempts: Received[] = [];
  /** What it took, in the order in which it did. */
  readonly taken: Received[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((req, res) => void this.#receive(req.headers, text(req), res));
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** As it is configured. */
  as(name: string, values: Partial<Receiver> = {}): Receiver {
    return { name, url: new URL(this.url), secrets: [this.secret], ...values };
  }

  reset(): void {
    this.attempts.length = 0;
    this.taken.length = 0;
    this.answer = () => 204;
  }

  async #receive(headers: IncomingHttpHeaders, reading: Promise<string>, res: ServerResponse): Promise<void> {
    const body = await reading;
    const id = String(headers['webhook-id']);
    // Not by `verify`, which goes by the real time.
    const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
    const signatures = String(headers['webhook-signature']).split(' ');
    if (!signatures.includes(new Webhook(this.secret).sign(id, at, body))) {
      res.writeHead(401).end();
      return;
    }
    const message: Received = { ...JSON.parse(body), id, headers, body };
    this.attempts.push(message);
    const status = await this.answer(message, res);
    if (status === undefined) return;
    res.writeHead(status).end();
    if (status < 300) this.taken.push(message);
  }
}

/** Receivers for the tests of one file. */
export function useReceivers(count: number): LoopbackReceiver[] {
  const receivers = Array.from({ length: count }, () => new LoopbackReceiver());
  beforeAll(async () => {
    for (const receiver of receivers) await receiver.open();
  });
  beforeEach(() => {
    for (const receiver of receivers) receiver.reset();
  });
  afterAll(() => {
    for (const receiver of receivers) receiver.close();
  });
  return receivers;
}

/** What sends a service's webhooks to these receivers; the tests give it its turns. */
export function sender(
  service: Service,
  receivers: Receiver[],
  options: Partial<WebhooksOptions> = {},
): Webhooks {
  const log = (context: unknown, message?: string) =>
    void service.logged.push(JSON.stringify({ context, message }));
  return new Webhooks({
    collections: service.store,
    config: { webhooksFile: undefined, webhooksAllowPrivate: true, production: false },
    receivers,
    clock: () => service.now,
    log: { info: log, warn: log, error: log },
    ...options,
  });
}

/** One turn, and whatever it starts. */
export async function turn(webhooks: Webhooks): Promise<void> {
  await webhooks.turn();
  await webhooks.settled();
}

/** As when the leases of a server that is gone have run out. */
export async function endLeases({ store }: Service): Promise<void> {
  const row = await store.webhookState.collection.findOne();
  const leases = Object.keys(row?.receivers ?? {}).map((name) => [`receivers.${name}.lease`, '']);
  await store.webhookState.collection.updateOne(
    {},
    { $unset: { numbering: '', ...Object.fromEntries(leases) } },
  );
}
