import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request on its way to the server: what is changed in it is sent changed. */
export interface Sent {
  method: string;
  url: URL;
  headers: Headers;
  /** Its text. */
  body: string;
}

/** An answer on its way back. */
export interface Given {
  status: number;
  headers: Headers;
  /** The JSON of the body, else its text. */
  // biome-ignore lint/suspicious/noExplicitAny: faults change what no type allows
  body: any;
}

/** Something that a server does wrong, put into the traffic of one that does nothing wrong. */
export interface Fault {
  onRequest?(sent: Sent): void;
  /** An answer in place of the server's, which the request then does not reach. */
  instead?(sent: Sent): Given | undefined;
  onAnswer?(given: Given, sent: Sent): void;
}

/** A proxy on loopback that puts one fault at a time into the traffic. */
export class FaultyProxy {
  fault: Fault = {};
  /** The methods of all requests. */
  readonly methods = new Set<string>();
  readonly #target: string;
  readonly #server = createServer((request, response) => void this.#forward(request, response));

  constructor(target: string) {
    this.#target = target;
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the proxy is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    this.methods.add(method);
    const fields = Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
    const headers = new Headers(fields.map(([name, value]) => [name, String(value)]));
    const sent: Sent = { method, url: new URL(this.#target + url), headers, body: await text(request) };
    this.fault.onRequest?.(sent);
    const given = this.fault.instead?.(sent) ?? (await ask(sent));
    this.fault.onAnswer?.(given, sent);
    const body = typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
    response.writeHead(given.status, Object.fromEntries(given.headers)).end(body);
  }
}

const HOP_BY_HOP = ['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];

async function ask({ method, url, headers, body }: Sent): Promise<Given> {
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body === '' ? {} : { body }),
  });
  const kept = new Headers(answer.headers);
  // fetch has unpacked the body, and its length may change.
  for (const name of [...HOP_BY_HOP, 'content-encoding']) kept.delete(name);
  return { status: answer.status, headers: kept, body: parsed(await answer.text()) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
