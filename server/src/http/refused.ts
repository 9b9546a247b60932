import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { Failure } from './failure.ts';
import { reportOf } from './logging.ts';
import { problemDetails } from './problem.ts';
import { METHODS } from './request-target.ts';

/**
 * How long a connection is read from after its last response, in milliseconds: closing at once might lose the response.
 */
const LINGER_MS = 1_000;

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
}

/**
 * Responds to requests that Node's own parser rejects, and so no app ever sees: with a problem document and a request
 * id like any other error, and a line in the log. Node's own responses are empty.
 *
 * @param log undefined for none
 */
export function answerRefused(server: Server, log: Logger | undefined): void {
  const latest = new WeakMap<Duplex, Exchange>();
  const answered = new WeakSet<Duplex>();
  const remember = (req: IncomingMessage, res: ServerResponse) => latest.set(req.socket, { req, res });
  for (const event of ['request', 'checkContinue', 'checkExpectation'])
    server.prependListener(event, remember);

  const answer = (socket: Duplex, failure: Failure) => {
    if (!socket.writable) return socket.destroy();
    const id = randomUUID();
    log?.info(
      { req: { id }, res: { statusCode: failure.status }, problem: reportOf(failure) },
      'request refused',
    );
    socket.end(written(failure, id));
    return setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Node reports whatever is still coming in again and again; only the first report counts.
    if (answered.has(socket)) return;
    answered.add(socket);
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return void socket.destroy();
    const { req, res } = latest.get(socket) ?? {};
    // What is wrong is the rest of a request that has its response already.
    if (req?.complete === false && res?.headersSent) return void socket.destroy();
    if (!req || !res || res.writableFinished) return void answer(socket, failureOf(error.code));
    // The response to the previous request comes first. A request whose own body is broken gets no other response than
    // this.
    if (req.complete) return void res.once('close', () => answer(socket, failureOf(error.code)));
    answer(socket, failureOf(error.code));
  });

  // This is not a proxy: it opens no tunnels.
  server.on('connect', (_req, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    answer(
      socket,
      new Failure('method-not-allowed', 'This server opens no tunnels.', { headers: { Allow: METHODS } }),
    );
  });
}

function failureOf(code: string | undefined): Failure {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Failure('headers-too-large', 'The address and the headers have more than 256 KiB together.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Failure('payload-too-large', 'The chunk extensions of the request body are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Failure('request-timeout', 'The request did not arrive in time. Send it again.');
    default:
      return new Failure('invalid-request', 'What was sent is not an HTTP/1.1 request.');
  }
}

function written(failure: Failure, id: string): string {
  const body = JSON.stringify(problemDetails.body(failure, id));
  const headers = {
    Date: new Date().toUTCString(),
    'Content-Type': `${problemDetails.contentType}; charset=utf-8`,
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': id,
    Connection: 'close',
    ...failure.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n${lines.join('')}\r\n${body}`;
}
