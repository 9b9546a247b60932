import type { IncomingMessage } from 'node:http';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Admission } from './admission.ts';
import { Failure } from './failure.ts';

/** What may hold a body while it is received. */
export type Memory = Pick<Admission, 'hold' | 'release'>;

/** The content codings that are undone (RFC 9110, section 8.4.1). */
const DECODERS = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * Receives a request's body, its Content-Encoding undone. A body that is refused is refused at once: what still comes of it
 * is thrown away, so that the connection can be used again.
 *
 * @param limit the most bytes that it may have
 * @param memory counts them until the body is complete; may refuse more
 * @throws Failure 400 if it is cut off or badly encoded, 413 for too many bytes, 415 for another encoding, 503 from `memory`
 */
export function receiveBody(req: IncomingMessage, limit: number, memory: Memory): Promise<Buffer> {
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  const decoder = DECODERS.get(encoding)?.();
  if (!decoder && encoding !== 'identity') {
    throw new Failure(
      'unsupported-media-type',
      `Send the body as it is, or as ${[...DECODERS.keys()].join(', ')}.`,
    );
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer) => {
    if (length + chunk.length > limit)
      throw new Failure('payload-too-large', 'The request body is too large.');
    length += chunk.length;
    memory.hold(chunk.length);
    chunks.push(chunk);
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
    stream.on('data', onData).once('end', () => resolve(Buffer.concat(chunks)));
    decoder?.on('error', (cause) =>
      reject(unreadable('The request body is not what its Content-Encoding says.', cause)),
    );
    req.once('error', cutOff).once('close', () => req.complete || cutOff());
    // It may have been while its token was checked, and says so only once.
    if (req.destroyed) cutOff();
  }).finally(() => {
    memory.release(length);
    stream.off('data', onData);
    if (decoder) req.unpipe(decoder);
    decoder?.destroy();
    req.resume();
  });
}

function unreadable(detail: string, cause: Error | undefined): Failure {
  return new Failure('invalid-request', detail, { cause });
}
