import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/**
 * The way from a service to its database, which can be cut before any command: to the database that is the same as
 * the service being killed there.
 */
export class Line {
  /** Resolves when it is cut. */
  readonly cut: Promise<void>;
  /** How long the next command is on its way, in milliseconds. */
  delay: (() => number) | undefined;
  #left = Number.POSITIVE_INFINITY;
  #onCut: () => void = () => undefined;
  readonly #database: string;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor(uri: string) {
    const { hostname, port, pathname } = new URL(uri);
    this.cut = new Promise((resolve) => {
      this.#onCut = resolve;
    });
    this.#database = pathname.slice(1);
    this.#server = createServer((client) => this.#join(client, connect(Number(port), hostname)));
  }

  static async open(uri: string): Promise<{ line: Line; uri: string }> {
    const line = new Line(uri);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    const through = new URL(uri);
    through.host = `127.0.0.1:${(line.#server.address() as AddressInfo).port}`;
    return { line, uri: through.href };
  }

  /** Lets so many more commands pass, then none. */
  cutAfter(commands: number): void {
    this.#left = commands;
  }

  get isCut(): boolean {
    return this.#left < 0;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#onCut();
  }

  #join(client: Socket, database: Socket): void {
    let waiting = Buffer.alloc(0);
    let way = Promise.resolve();
    const send = (message: Buffer) => {
      const { delay } = this;
      if (!delay) return void database.write(message);
      way = way.then(() => setTimeout(delay())).then(() => void database.write(message));
    };
    for (const socket of [client, database]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        client.destroy();
        database.destroy();
        this.#sockets.delete(socket);
      });
    }
    database.pipe(client);
    client.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
        const length = waiting.readInt32LE(0);
        if (!this.#pass(waiting.subarray(0, length))) return;
        send(waiting.subarray(0, length));
        waiting = waiting.subarray(length);
      }
    });
  }

  /** Commands name their database; what a driver says to see who is there does not name this one. */
  #pass(message: Buffer): boolean {
    if (!message.includes(this.#database)) return !this.isCut;
    this.#left -= 1;
    if (this.isCut) this.close();
    return !this.isCut;
  }
}
