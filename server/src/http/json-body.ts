import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type RequestHandler } from 'express';
import { excessOf } from '../bounded-json.ts';
import { Failure } from './failure.ts';
import type { FieldFailure } from './field-failures.ts';
import { shortened } from './shortened.ts';

/** What `Content-Type` says JSON, whatever it says behind it. */
export const JSON_TYPE = /^application\/json\s*(;|$)/i;

export interface JsonBodyOptions {
  /** The largest body taken, in bytes, after any Content-Encoding is undone. */
  limit: number;
}

/**
 * Reads the JSON body of a POST, for every endpoint that has one. What comes with other methods or types stays unread.
 * Belongs behind whatever says who may call at all: nobody else's body is read.
 *
 * A body that is too deep, has too many values, is no UTF-8, or holds text or numbers that nothing could hold as they
 * are, is refused before it costs anything.
 */
export function jsonBody({ limit }: JsonBodyOptions): RequestHandler[] {
  const read = express.json({ limit, strict: false, type: isJsonToRead, verify: refuseUnparsable });
  return [
    (req, res, next) => {
      if (isJsonToRead(req)) sendContinue(req, res);
      // Reading and validating megabytes each take a while: others have their turn in between.
      read(req, res, (error?: unknown) => (error ? next(error) : setImmediate(next)));
    },
    exactValuesOnly,
  ];
}

function isJsonToRead(req: IncomingMessage): boolean {
  return req.method === 'POST' && JSON_TYPE.test(req.headers['content-type'] ?? '');
}

/** Tells a client that asked first (`Expect: 100-continue`) to send its body. */
function sendContinue(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect === undefined) return;
  res.removeHeader('Connection');
  res.writeContinue();
}

function invalid(detail: string, fields: FieldFailure[] = []): Failure {
  return new Failure('invalid-request', detail, { fields });
}

/** What must not even be parsed: bytes that are no UTF-8 would be read as other characters than were sent. */
function refuseUnparsable(req: IncomingMessage, _res: unknown, body: Buffer): void {
  // As if it had said so: one that comes in chunks tells its length only now.
  if (body.length === 0) req.headers['content-length'] = '0';
  const charset = /charset="?([^\s;"]+)/i.exec(req.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') {
    throw new Failure('unsupported-media-type', 'Send the body as application/json in UTF-8.');
  }
  if (!isUtf8(body)) throw invalid('The request body is not valid UTF-8.');
  switch (excessOf(body)) {
    case 'depth':
      throw invalid('The request body is nested too deeply.');
    case 'values':
      throw new Failure('payload-too-large', 'The request body holds too many values.');
  }
}

/**
 * Refuses what the database cannot hold as it is, which would choose what nobody named: half of a surrogate pair becomes
 * another character, and a number beyond the largest there is becomes infinite.
 */
const exactValuesOnly: RequestHandler = (req, _res, next) => {
  const fault = inexactValue(req.body);
  if (fault) throw invalid(`${fault.field || 'the body'} ${fault.detail}.`, [fault]);
  next();
};

/** The bounds of `excessOf` keep this short. */
function inexactValue(body: unknown): FieldFailure | undefined {
  const left: [pointer: string, value: unknown][] = [['', body]];
  const at = (field: string, detail: string): FieldFailure => ({ in: 'body', field, detail });
  for (let next = left.pop(); next; next = left.pop()) {
    const [pointer, value] = next;
    if (typeof value === 'string' && !value.isWellFormed()) return at(pointer, HALF_A_PAIR);
    if (typeof value === 'number' && !Number.isFinite(value)) return at(pointer, 'is too large a number');
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, item] of Object.entries(value)) {
      if (!key.isWellFormed()) return at(pointer, HALF_A_PAIR);
      if (item !== null && typeof item !== 'boolean') left.push([`${pointer}/${shortened(key)}`, item]);
    }
  }
  return undefined;
}

const HALF_A_PAIR = 'holds half of a surrogate pair';
