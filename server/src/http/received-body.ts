import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Admission } from './admission.ts';
import { Failure } from './failure.ts';

/** What may hold bodies while they are received. */
export type Memory = Pick<Admission, 'hold' | 'release'>;

/** The content codings that are decoded (RFC 9110, section 8.4.1). */
const DECODERS = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

export interface BodyLimits {
  /** The most bytes that a body may have, decoded. */
  limit: number;
  /** Counts them until the body is complete, and may refuse more. */
  memory: Memory;
  /** Whose body it is to the memory. */
  owner: string;
}

/**
 * Receives a request's body, decoded. A body that is refused is refused at once, by its headers if they tell: what still
 * comes of it is thrown away, so that the connection can be used again.
 *
 * @throws Failure 400 if it is cut off or badly encoded, 413 for too many bytes, 415 for another encoding, 503 from `memory`
 */
export function receiveBody(
  req: IncomingMessage,
  res: ServerResponse,
  { limit, memory, owner }: BodyLimits,
): Promise<Buffer> {
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder && encoding !== 'identity') {
    throw new Failure(
      'unsupported-media-type',
      `Send the body as it is, or as ${[...DECODERS.keys()].join(', ')}.`,
    );
  }
  if (!decoder && Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge();
  sendContinue(req, res);
  // Grows as it fills: a chunk may be a single byte, and would take far more than that if it was kept.
  let body = Buffer.alloc(0);
  let length = 0;
  const take = (chunk: Buffer) => {
    const needed = length + chunk.length;
    if (needed > limit) throw tooLarge();
    memory.hold(owner, chunk.length);
    if (needed > body.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * body.length));
      body.copy(larger, 0, 0, length);
      body = larger;
    }
    chunk.copy(body, length);
    length = needed;
  };
  const stream = decoder ? req.pipe(decoder) : req;
  let onData: (chunk: Buffer) => void;
  return new Promise<Buffer>((resolve, reject) => {
    onData = (chunk) => {
      try {
        take(chunk);
      } catch (error) {
        stream.off('data', onData);
        reject(error);
      }
    };
    const cutOff = (cause?: Error) =>
      reject(unreadable('The request ended before its body was complete.', cause));
    stream.on('data', onData).once('end', () => resolve(body.subarray(0, length)));
    decoder?.on('error', (cause) =>
      reject(unreadable('The request body is not what its Content-Encoding says.', cause)),
    );
    req.once('error', cutOff).once('close', () => req.complete || cutOff());
    // It may have been while its token was checked, and says so only once.
    if (req.destroyed) cutOff();
  }).finally(() => {
    memory.release(owner, length);
    stream.off('data', onData);
    if (decoder) req.unpipe(decoder);
    decoder?.destroy();
    req.resume();
  });
}

/** Tells a client that asked first (`Expect: 100-continue`) to send its body. */
function sendContinue(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect === undefined) return;
  res.removeHeader('Connection');
  res.writeContinue();
}

function tooLarge(): Failure {
  return new Failure('payload-too-large', 'The request body is too large.');
}

function unreadable(detail: string, cause: Error | undefined): Failure {
  return new Failure('invalid-request', detail, { cause });
}
