import { mongo } from 'mongoose';

/*
 * Other programs write consents, under ids of any BSON type: strings, ObjectIds, numbers, UUIDs, objects. This module
 * writes such an id as text for responses and paths, and compares two of them.
 */

/** An `_id` as the driver reads it. */
export type ConsentId = string | number | bigint | boolean | object | null;

const { EJSON, deserialize, serialize } = mongo.BSON;

/**
 * Driver options for reading ids that will be written as text: every value keeps its type. By default an Int32 and a
 * Double become the same number, and a regular expression that JavaScript cannot parse throws.
 */
export const AS_STORED = {
  promoteValues: false,
  promoteBuffers: false,
  bsonRegExp: true,
  useBigInt64: false,
} as const;

/** Nothing in the database is nested deeper, and it rejects a filter that is. */
const DEEPEST = 180;

/** Text that cannot be a path segment: clients resolve it to another path. */
const NOT_IN_A_PATH = ['', '.', '..'];

/**
 * Writes a consent's id as text. A string stays as it is. Any other type, and a string that starts with `~` or cannot
 * be a path segment, becomes `~` and the unpadded base64url of its canonical Extended JSON.
 *
 * @param id as the driver reads it with `AS_STORED`
 */
export function writeConsentId(id: ConsentId): string {
  if (typeof id === 'string' && !id.startsWith('~') && !NOT_IN_A_PATH.includes(id)) return id;
  return `~${Buffer.from(EJSON.stringify(id, { relaxed: false })).toString('base64url')}`;
}

/**
 * Reads the text of a consent's id; returns undefined unless it is the one valid spelling of an id. The id may be null,
 * or an object that contains operators: use it in filters only with `$eq`.
 */
export function readConsentId(text: string): { id: ConsentId } | undefined {
  if (!text.startsWith('~')) return { id: text };
  try {
    const json = Buffer.from(text.slice(1), 'base64url').toString();
    // What the database would read counts: BSON has no lone surrogates, and no NUL in field names.
    const { id } = deserialize(serialize({ id: EJSON.parse(json, { relaxed: false }) }), AS_STORED);
    return writeConsentId(id) === text && depthOf(id) <= DEEPEST ? { id } : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown): number {
  if (!isPlain(value)) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/**
 * Returns the same key for ids that the database considers equal, however the driver reads them: numbers compare by
 * value, not by type, also inside objects.
 */
export function consentKey(id: ConsentId): string {
  const text = id instanceof mongo.BSON.BSONSymbol ? id.value : id;
  return typeof text === 'string' && !text.startsWith('~') ? text : `~${keyOf(text)}`;
}

/**
 * Whether the value in a row can be a consent's id. The database rejects an object that starts with an operator, both
 * as an `_id` and in a filter's list.
 */
export function canBeConsentId(id: ConsentId): boolean {
  if (id === null) return false;
  const [first = ''] = isPlain(id) ? Object.keys(id) : [];
  return !first.startsWith('$');
}

function keyOf(value: unknown): string {
  const number = textOfNumber(value);
  if (number !== undefined) return `number ${plainNumber(number)}`;
  if (value instanceof mongo.BSON.BSONSymbol) return JSON.stringify(value.value);
  if (!isPlain(value)) return EJSON.stringify(value, { relaxed: false });
  const entries = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${keyOf(item)}`);
  return Array.isArray(value) ? `[${entries}]` : `{${entries}}`;
}

/** A plain object or an array, not an instance of one of the driver's BSON classes. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** The digits of a number; for a Double, every digit that another numeric type could hold too. */
function textOfNumber(value: unknown): string | undefined {
  const { Decimal128, Double, Int32, Long, Timestamp } = mongo.BSON;
  if (value instanceof Timestamp) return undefined;
  if (typeof value === 'number') return value.toPrecision(100);
  if (value instanceof Double) return value.value.toPrecision(100);
  if (typeof value === 'bigint' || value instanceof Int32 || value instanceof Long) return `${value}`;
  return value instanceof Decimal128 ? value.toString() : undefined;
}

/** Normalizes a number: `10`, `1e1` and `10.0` all become `1e1`. */
function plainNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole === '') return text;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}e${power}`;
}
