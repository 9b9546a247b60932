import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll } from 'vitest';

/** A request as the server received it. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** How the server treats one request. */
export type Treatment = (response: ServerResponse, request: Received) => void;

/** A real HTTP server that treats each request as it was told, in that order. */
export class Loopback {
  readonly received: Received[] = [];
  readonly #treatments: Treatment[] = [];
  readonly #server = createServer((request, response) => void this.#treat(request, response));

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Says how the next requests are treated. */
  next(...treatments: Treatment[]): void {
    this.#treatments.push(...treatments);
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Forgets what it received; throws where a treatment was not needed. */
  clear(): void {
    const left = this.#treatments.splice(0).length;
    this.received.splice(0);
    if (left > 0) throw new Error(`${left} expected requests never came`);
  }

  async #treat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: await text(request) };
    this.received.push(received);
    const treatment = this.#treatments.shift() ?? answer(418, { message: 'nobody said how to treat this' });
    treatment(response, received);
  }
}

/** A server for the tests of one file. */
export function openLoopback(): Loopback {
  const loopback = new Loopback();
  beforeAll(() => loopback.start());
  afterEach(() => loopback.clear());
  afterAll(() => loopback.stop());
  return loopback;
}

/** Answers with JSON, or with nothing where there is no body. */
export function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Treatment {
  return (response) => {
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    response.writeHead(status, { ...type, ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

/** Answers as a proxy does that cannot reach the server. */
export function html(status: number): Treatment {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'text/html' });
    response.end('<html><body><h1>Bad gateway</h1></body></html>');
  };
}

/** Cuts the connection before any answer. */
export const cut: Treatment = (response) => {
  response.destroy();
};

/** Cuts the connection in the middle of the body of a good answer. */
export const cutInBody: Treatment = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' });
  response.write('{"grants": [', () => response.destroy());
};

/** Never answers, and tells when the request has come. */
export function silent(): Treatment & { come: Promise<void> } {
  let tell = () => {};
  const come = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return Object.assign(() => tell(), { come });
}
