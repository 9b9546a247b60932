import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** Where it listens, as a URL without a path. */
  url: string;
  /** Stops taking requests, lets those in flight finish, and resolves when the last connection is closed. */
  close(): Promise<void>;
}

/** When connections that are still busy are cut, after we were told to stop. In milliseconds. */
const GRACE_MS = 20_000;

/** How long an idle connection is kept, in milliseconds: longer than a proxy does, which else might use one just closed. */
const KEEP_ALIVE_MS = 75_000;

/** The longest request line and headers, in bytes: the id of a grant of hundreds of scopes is part of a path. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Serves an app. Rejects when the address is taken or not ours. */
export async function listen(
  app: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;

  let closing: Promise<void> | undefined;
  // A kept-alive connection counts as idle only once its response is done, and would then hold up the close.
  server.on('request', (_req, res) => {
    res.once('close', () => closing && setImmediate(() => server.closeIdleConnections()));
  });
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
    });
    return closing;
  };
  return { url: `http://${name}:${address.port}`, close };
}
