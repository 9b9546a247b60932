import { bodies } from '../generated/documented.gen.ts';
import type { OperationId } from './documents.ts';
import type { Refusals } from './refusals.ts';
import { type Fault, faultsOf, isWellFormed } from './schema.ts';

/** What a request carries. */
export interface Body {
  /** Whether its sender says that it is JSON, or there is nothing to say that of. */
  isJson: boolean;
  isEmpty: boolean;
  /** As the server reads it: an object without anything, where JSON was announced and nothing came. */
  value: unknown;
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;

const MIB = 1024 * 1024;
/** The most bytes that a body may have, by where it is sent. */
const limitOf = (path: string) => (path.startsWith('/api/v1/') ? 4 * MIB : MIB);

/**
 * Reads what a POST carries. Of other methods, nothing is read.
 *
 * @throws Refusal for what no operation takes, whatever its document says: what is not UTF-8, not JSON, or too large
 */
export async function readBody(request: Request, path: string, refusals: Refusals): Promise<Body> {
  if (request.method !== 'POST') return { isJson: true, isEmpty: true, value: undefined };
  const bytes = await request.arrayBuffer();
  const type = request.headers.get('content-type');
  const isEmpty = bytes.byteLength === 0;
  if (!JSON_TYPE.test(type ?? '')) return { isJson: isEmpty && type === null, isEmpty, value: undefined };
  if (bytes.byteLength > limitOf(path))
    throw refusals.plain('payload-too-large', 'The request body is too large.');
  const charset = /charset="?([^\s;"]+)/i.exec(type ?? '')?.[1] ?? 'utf-8';
  if (charset.toLowerCase() !== 'utf-8') throw refusals.plain('unsupported-media-type', NOT_JSON);
  const value = isEmpty ? {} : parse(bytes, refusals);
  const fault = inexact(value);
  if (fault) throw refusals.invalid({ in: 'body', ...fault });
  return { isJson: true, isEmpty, value };
}

/**
 * What is wrong with the body of a request for an operation, by its document.
 *
 * @throws Refusal 415 for what is not JSON
 */
export function bodyFaults(id: OperationId, { isJson, isEmpty, value }: Body, refusals: Refusals): Fault[] {
  const schema = bodies[id];
  if (!schema) return [];
  if (!isJson) throw refusals.plain('unsupported-media-type', NOT_JSON);
  const faults = value === undefined ? [] : faultsOf(schema, value);
  return faults.length === 0 && isEmpty ? [{ field: '', detail: 'is missing' }] : faults;
}

const NOT_JSON = 'Send the body as application/json in UTF-8.';

function parse(bytes: ArrayBuffer, refusals: Refusals): unknown {
  const text = decoded(bytes);
  if (text === undefined) throw refusals.plain('invalid-request', 'The request body is not valid UTF-8.');
  const { depth, values } = sizeOf(text);
  if (depth > DEEPEST) throw refusals.plain('invalid-request', 'The request body is nested too deeply.');
  if (values > MAX_VALUES)
    throw refusals.plain('payload-too-large', 'The request body holds too many values.');
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.plain('invalid-request', 'The request body is not valid JSON.');
  }
}

function decoded(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** How deep lists and objects may be nested, and how many values there may be. */
const DEEPEST = 32;
const MAX_VALUES = 25_000;

/** How deep JSON is nested, and about how many values it has. */
function sizeOf(json: string): { depth: number; values: number } {
  let level = 0;
  let depth = 0;
  let values = 0;
  for (const [mark] of json.replace(/"(?:[^"\\]+|\\.)*"?/gs, '').matchAll(/[[\]{},]/g)) {
    if (mark === ']' || mark === '}') level--;
    else values++;
    if (mark === '[' || mark === '{') depth = Math.max(depth, ++level);
  }
  return { depth, values };
}

/** The first text or number that no database keeps unchanged. */
function inexact(value: unknown, field = ''): Fault | undefined {
  if (typeof value === 'string' && !isWellFormed(value)) return { field, detail: HALF_A_PAIR };
  if (typeof value === 'number' && !Number.isFinite(value)) return { field, detail: 'is too large a number' };
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value);
  if (!entries.every(([name]) => isWellFormed(name))) return { field, detail: HALF_A_PAIR };
  return entries.map(([name, one]) => inexact(one, `${field}/${name}`)).find((fault) => fault !== undefined);
}

const HALF_A_PAIR = 'holds half of a surrogate pair';
