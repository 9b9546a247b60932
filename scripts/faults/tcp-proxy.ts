import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/** Which way bytes go: up is to the one that listens behind the proxy. */
export type Direction = 'up' | 'down';

interface Trap {
  direction: Direction;
  /** How many chunks still pass before it springs. */
  left: number;
  spring: () => Promise<unknown>;
}

/** A TCP proxy on loopback that cuts connections, holds bytes, and acts at a chosen chunk. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  readonly #traps = new Set<Trap>();
  readonly #held: Record<Direction, Promise<unknown>> = { up: Promise.resolve(), down: Promise.resolve() };

  private constructor(server: Server, target: () => number | undefined) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.#connect(client, target()));
  }

  /** @param target the port that a new connection leads to; undefined while nothing listens there */
  static async open(target: () => number | undefined): Promise<TcpProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  /** Cuts every connection, in the middle of whatever it carries. */
  cut(): void {
    for (const socket of this.#connections) socket.resetAndDestroy();
  }

  /** Lets no bytes through in one direction until something is done; connections stay open. */
  hold(direction: Direction, until: Promise<unknown>): void {
    this.#held[direction] = Promise.all([this.#held[direction], until]);
  }

  /** Does something once so many chunks have passed, while the next one waits. Returns what does it at once instead. */
  trap(direction: Direction, chunks: number, action: () => Promise<unknown>): () => Promise<unknown> {
    let done: Promise<unknown> | undefined;
    const spring = () => {
      this.#traps.delete(trap);
      done ??= action();
      return done;
    };
    const trap = { direction, left: chunks, spring };
    this.#traps.add(trap);
    return spring;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #connect(client: Socket, port: number | undefined): void {
    client.on('error', () => undefined);
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) {
      this.#connections.add(socket);
      socket.on('close', () => this.#connections.delete(socket));
    }
    // Whichever side fails takes the other one along.
    const end = (error: unknown) => {
      if (error) for (const socket of [client, upstream]) socket.destroy();
    };
    pipeline(client, (chunks) => this.#gate(chunks, 'up'), upstream, end);
    pipeline(upstream, (chunks) => this.#gate(chunks, 'down'), client, end);
  }

  async *#gate(chunks: AsyncIterable<Buffer>, direction: Direction): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      for (const trap of this.#traps) {
        if (trap.direction !== direction) continue;
        trap.left -= 1;
        if (trap.left < 0) await trap.spring();
      }
      await this.#held[direction];
      yield chunk;
    }
  }
}
