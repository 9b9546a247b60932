import { Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawRequest, RawResponse } from './exchange.ts';

const MAX_REPETITIONS = 3;
/** The longest `Retry-After` that is waited for, in seconds. */
const MAX_WAIT_SECONDS = 60;

/** Sends requests to one server; `GET` alone, unless it may write. */
export class Sender {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #mayWrite: boolean;
  readonly #isHttps: boolean;
  readonly #agent: HttpAgent;

  /**
   * @param url the server's address; a path in it comes before every target
   * @param timeoutMs how long an answer may take
   */
  constructor(url: URL, { timeoutMs, mayWrite }: { timeoutMs: number; mayWrite: boolean }) {
    this.#url = url;
    this.#mayWrite = mayWrite;
    this.#timeoutMs = timeoutMs;
    this.#isHttps = url.protocol === 'https:';
    this.#agent = this.#isHttps ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  }

  /** Whether requests with a method may be sent. */
  mayUse(method: string): boolean {
    return this.#mayWrite || method === 'GET';
  }

  /** The value of the header `Host`. */
  get host(): string {
    return this.#url.host;
  }

  /** The whole address of a target. */
  addressOf(target: string): string {
    return this.#url.origin + this.#prefix + target;
  }

  /**
   * Sends a request, and again if the server asks for that with a 429 and `Retry-After`.
   *
   * @throws if no answer comes in time, or the connection breaks
   */
  async send(request: RawRequest): Promise<RawResponse> {
    if (!this.mayUse(request.method))
      throw new Error(`a ${request.method} was to be sent, and only GET may be`);
    for (let repetition = 0; ; repetition += 1) {
      const response = await this.#sendOnce(request);
      const seconds = Number(response.headers.get('retry-after'));
      const isToWait = response.status === 429 && seconds >= 0 && seconds <= MAX_WAIT_SECONDS;
      if (!isToWait || repetition === MAX_REPETITIONS) return response;
      await sleep(seconds * 1_000);
    }
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }

  get #prefix(): string {
    return this.#url.pathname.replace(/\/$/, '');
  }

  #sendOnce({ method, target, headers, body }: RawRequest): Promise<RawResponse> {
    return new Promise((resolve, reject) => {
      const open = this.#isHttps ? overHttps : overHttp;
      const sent = open(
        {
          protocol: this.#url.protocol,
          // URL puts an IPv6 address in brackets, the connection wants it without.
          host: this.#url.hostname.replace(/^\[(.*)\]$/, '$1'),
          port: this.#url.port,
          path: this.#prefix + target,
          method,
          headers: headers.flat(),
          agent: this.#agent,
          signal: AbortSignal.timeout(this.#timeoutMs),
        },
        (response) => void read(response).then(resolve, reject),
      );
      sent.on('error', (error) => {
        const isLate = error.name === 'AbortError' || error.name === 'TimeoutError';
        reject(new Error(isLate ? `no answer in ${this.#timeoutMs / 1_000} seconds` : messageOf(error)));
      });
      sent.end(body);
    });
  }
}

/** What went wrong. Where a name has several addresses, Node tries each, and puts what it was told into a list. */
function messageOf(error: Error): string {
  const all: Error[] = error instanceof AggregateError ? error.errors : [error];
  return all.map(({ message }) => message).join(', ');
}

async function read(response: IncomingMessage): Promise<RawResponse> {
  const headers = Object.entries(response.headers).map(([name, value]): [string, string] => [
    name,
    [value].flat().join(', '),
  ]);
  return { status: response.statusCode ?? 0, headers: new Map(headers), body: await text(response) };
}
