import { connect } from 'node:net';
import type { RawRequest, RawResponse } from '../../sdk/contract-tests/src/exchange.ts';

/** How long a response may take before it counts as missing, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** A request exactly as sent: nothing is corrected, completed or encoded on the way. */
export function bytesOf({ method, target, headers, body }: RawRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1'), body]);
}

/**
 * Sends a request on its own connection and reads until the server closes it.
 *
 * @returns undefined if the server closes the connection without a response
 * @throws if no response comes in time, or what comes is not HTTP
 */
export async function send(port: number, request: RawRequest): Promise<RawResponse | undefined> {
  const received = await exchange(port, bytesOf(request));
  return received.length === 0 ? undefined : parse(received, request.method);
}

function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const done = () => resolve(Buffer.concat(chunks));
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    socket.on('data', (chunk) => chunks.push(chunk)).on('end', done);
    // The server may close its end while we still write a request that it has already rejected.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') done();
      else reject(error);
    });
  });
}

/** Reads one response, skipping interim ones such as 100 Continue. */
function parse(received: Buffer, method: string): RawResponse {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  if (end < 0 || !status) throw new Error(`no HTTP answer: ${received.toString('latin1', 0, 200)}`);
  const rest = received.subarray(end + 4);
  if (status < 200) return parse(rest, method);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  // What follows may be the response to what the server takes for another request.
  const length = Number(headers.get('content-length') ?? rest.length);
  const body = isChunked ? dechunk(rest) : rest.subarray(0, length);
  return { status, headers, body: body.toString('utf8') };
}

function dechunk(rest: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    if (lineEnd < 0 || Number.isNaN(size)) throw new Error('a chunked answer that is cut off');
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
