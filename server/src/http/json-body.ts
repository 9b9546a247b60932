import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { excessOf } from '../bounded-json.ts';
import { callerOf } from './caller.ts';
import type { Principal } from './claims.ts';
import { Failure } from './failure.ts';
import type { FieldFailure } from './field-failures.ts';
import { type Memory, receiveBody } from './received-body.ts';
import { shortened } from './shortened.ts';

/** A `Content-Type` of JSON, whatever its parameters. */
export const JSON_TYPE = /^application\/json\s*(;|$)/i;

export interface JsonBodyOptions {
  /** The largest body accepted, in bytes, after any Content-Encoding is undone. */
  limit: number;
  /** What holds the bodies of all requests while they are received. */
  memory: Memory;
}

/**
 * Reads the JSON body of a POST, for every endpoint that has one. Bodies of other methods or types stay unread. Mount
 * it after authorization, so that a caller without access costs no parsing.
 *
 * A body that is too deep, has too many values, is not UTF-8, or contains strings or numbers that cannot be stored
 * unchanged, is rejected before it costs anything.
 */
export function jsonBody({ limit, memory }: JsonBodyOptions): RequestHandler[] {
  return [
    async (req, res, next) => {
      if (!isJsonToRead(req)) return next();
      const body = await receiveBody(req, res, { limit, memory, owner: ownerOf(res) });
      // Set it for chunked requests too, whose length is known only now.
      if (body.length === 0) req.headers['content-length'] = '0';
      refuseUnparsable(req, body);
      req.body = body.length === 0 ? {} : parse(body);
      // Reading and validating megabytes each take a while: other requests get their turn in between.
      setImmediate(next);
    },
    exactValuesOnly,
  ];
}

function isJsonToRead({ method, headers }: IncomingMessage): boolean {
  // A request has a body if it has one of these (RFC 9112, section 6).
  const hasBody = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
  return method === 'POST' && hasBody && JSON_TYPE.test(headers['content-type'] ?? '');
}

function parse(body: Buffer): unknown {
  try {
    // Unlike `toString`, this leaves out a byte order mark.
    return JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw new Failure('invalid-request', 'The request body is not valid JSON.', { cause });
  }
}

/** To the memory, all who need no token are one: together they cannot keep out those who have one. */
function ownerOf({ locals: { principal } }: Response<unknown, { principal?: Principal }>): string {
  return principal ? callerOf(principal) : 'no token';
}

function invalid(detail: string, fields: FieldFailure[] = []): Failure {
  return new Failure('invalid-request', detail, { fields });
}

/** Rejects what must not even be parsed: bytes that are not UTF-8 would be read as other characters than were sent. */
function refuseUnparsable(req: IncomingMessage, body: Buffer): void {
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
 * Rejects values that the database cannot store unchanged, and that would then select what nobody named: a lone
 * surrogate becomes another character, and a number that is too large becomes infinite.
 */
const exactValuesOnly: RequestHandler = (req, _res, next) => {
  const fault = inexactValue(req.body);
  if (fault) throw invalid(`${fault.field || 'the body'} ${fault.detail}.`, [fault]);
  next();
};

/** Bounded by `excessOf`. */
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
