import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Chance } from '../../server/src/demo/random.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** What servers are told to send where, but for URL and secret. */
export const RECEIVERS: { name: string; types?: string[] }[] = [
  { name: 'everything' },
  { name: 'some', types: ['grant.suspended', 'grant.restored', 'consent.revoked'] },
];

/** The body of a message, by its documentation. */
export interface Message {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

/** A message that came, as its receiver saw it. */
export interface Receipt {
  receiver: string;
  webhook_id: string;
  /** Whether its signature is right. */
  isSigned: boolean;
  message: Message;
  /** When it was taken or refused, in milliseconds of the clock of calls. */
  at: number;
  isTaken: boolean;
  /** Whether the receiver let nobody know that it took it. */
  isSilent: boolean;
}

/** What a receiver does with a message. */
type Conduct = 'take' | 'take late' | 'refuse' | 'cut' | 'take and cut' | 'take and cut late';

/** The sender cannot know whether the message was taken. */
const SILENT: readonly Conduct[] = ['take and cut', 'take and cut late'];

/** While it is not well, each as often as it is called. */
const CONDUCTS: readonly Conduct[] = [
  ...Array.from({ length: 24 }, () => 'take' as const),
  ...(['take late', 'take late', 'refuse', 'refuse', 'cut', 'cut'] as const),
  ...(['take and cut', 'take and cut', 'take and cut late'] as const),
];
/** How late, at most, in milliseconds. */
export const MAX_DELAY = 1_500;
/** How often a message is not taken, or not answered, at most: long before it would be given up. */
const MAX_FAILURES = 3;

/** A receiver of webhooks that writes down what it got. Servers reach it through a proxy. */
export class Receiver {
  /** As it is configured. */
  readonly config: { name: string; types?: string[]; url: string; secrets: string[] };
  readonly proxy: TcpProxy;
  readonly receipts: Receipt[] = [];
  /** Whether it now and then refuses, cuts connections, or is late. */
  isUnwell = false;
  /** Whether new connections are refused. */
  isDown = false;
  readonly #server: Server;
  readonly #webhook: Webhook;
  readonly #chance: Chance;
  /** By the message's id. */
  readonly #failures = new Map<string, number>();

  private constructor(which: (typeof RECEIVERS)[number], chance: Chance, server: Server, proxy: TcpProxy) {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    this.config = { ...which, url: `http://127.0.0.1:${proxy.port}/webhooks`, secrets: [secret] };
    this.proxy = proxy;
    this.#server = server;
    this.#webhook = new Webhook(secret);
    this.#chance = chance;
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      // One that breaks off was never received.
      this.#receive(req, res).catch(() => res.destroy());
    });
  }

  static async open(which: (typeof RECEIVERS)[number], chance: Chance): Promise<Receiver> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = await TcpProxy.open(() => (receiver.isDown ? undefined : port));
    const receiver = new Receiver(which, chance, server, proxy);
    return receiver;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = await text(req);
    const conduct = this.#conductFor(String(req.headers['webhook-id']));
    if (conduct === 'take late') await sleep(this.#chance.between(0, MAX_DELAY));
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = req.headers;
    const headers = {
      'webhook-id': String(id),
      'webhook-timestamp': String(timestamp),
      'webhook-signature': String(signature),
    };
    let isSigned = true;
    try {
      this.#webhook.verify(body, headers);
    } catch {
      isSigned = false;
    }
    this.receipts.push({
      receiver: this.config.name,
      webhook_id: String(id),
      isSigned,
      message: JSON.parse(body),
      at: performance.now(),
      isTaken: isSigned && conduct.startsWith('take'),
      isSilent: SILENT.includes(conduct),
    });
    if (!isSigned) res.writeHead(401).end();
    else if (conduct === 'refuse') res.writeHead(503).end();
    else if (conduct === 'cut' || conduct === 'take and cut') res.destroy();
    else if (conduct === 'take and cut late') {
      await sleep(this.#chance.between(0, MAX_DELAY));
      res.destroy();
    } else res.writeHead(204).end();
  }

  #conductFor(id: string): Conduct {
    const failures = this.#failures.get(id) ?? 0;
    if (!this.isUnwell || failures === MAX_FAILURES) return 'take';
    const conduct = this.#chance.pick(CONDUCTS);
    if (conduct !== 'take' && conduct !== 'take late') this.#failures.set(id, failures + 1);
    return conduct;
  }
}
