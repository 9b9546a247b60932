import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { answerRefused } from './refused.ts';

export interface Listening {
  /** Where it listens, as a URL without a path. */
  url: string;
  /** Stops accepting requests, lets those in flight finish, and resolves when the last connection is closed. */
  close(): Promise<void>;
}

/** How long after a stop busy connections are cut, in milliseconds. */
const GRACE_MS = 20_000;

/** How long an idle connection is kept, in milliseconds: longer than a proxy does, which might use one just closed. */
const KEEP_ALIVE_MS = 75_000;

/** How long a request's headers may take to arrive, in milliseconds. */
const PATIENCE_MS = 20_000;

/** How long nothing may move on a connection with a request, in milliseconds: longer than any request may take. */
const STANDSTILL_MS = 360_000;

/** More connections than that are closed as soon as they are made. */
const MAX_CONNECTIONS = 5_000;

/** How many connections may wait until they are accepted. The kernel's own limit, 4,096 on Linux, may be lower. */
const BACKLOG = 4_096;

/** The longest request line and headers, in bytes: the id of a grant with thousands of scopes is part of a path. */
const MAX_HEADER_BYTES = 256 * 1024;

export interface ListenOptions {
  host: string;
  port: number;
  /** Logs the requests that no app sees, because Node's parser rejects them. */
  log?: Logger;
  /**
   * How long a request's headers may take to arrive, in milliseconds; 20 seconds by default. The whole request: 5 times
   * that.
   */
  patienceMs?: number;
}

/** Serves an app. Rejects if the address is taken or not ours. */
export async function listen(
  app: RequestListener,
  { host, port, log, patienceMs = PATIENCE_MS }: ListenOptions,
): Promise<Listening> {
  const options: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: patienceMs,
    requestTimeout: 5 * patienceMs,
    connectionsCheckingInterval: Math.min(patienceMs / 2, 30_000),
    // The app checks it: Node's own response says nothing.
    requireHostHeader: false,
  };
  const server = createServer(options, app);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = STANDSTILL_MS;
  // The app answers these as well: it sends 100 itself, once it is about to read the body, and 417.
  server.on('checkContinue', app).on('checkExpectation', app);
  answerRefused(server, log);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ port, host, backlog: BACKLOG }, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;

  let closing: Promise<void> | undefined;
  // A kept-alive connection counts as idle only once its response is done, and would then hold up the close.
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.on(event, (_req, res) => {
      res.once('close', () => closing && setImmediate(() => server.closeIdleConnections()));
    });
  }
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
    });
    return closing;
  };
  return { url: `http://${name}:${address.port}`, close };
}
