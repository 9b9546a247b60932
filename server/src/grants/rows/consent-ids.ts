import { mongo } from 'mongoose';

/*
 * Consents are written by other programs, under ids of any BSON type: text, ObjectIds, numbers, UUIDs, documents. This
 * is how such an id is written as text in answers and paths, and how two of them are compared.
 */

/** What an `_id` can be, as the driver reads it. */
export type ConsentId = string | number | bigint | boolean | object | null;

const { EJSON, deserialize, serialize } = mongo.BSON;

/**
 * How the driver has to read ids that are to be written: as the type they have. By default an Int32 and a Double become
 * the same number, and a regular expression that JavaScript does not know throws.
 */
export const AS_STORED = {
  promoteValues: false,
  promoteBuffers: false,
  bsonRegExp: true,
  useBigInt64: false,
} as const;

/** No stored document is nested deeper; the database refuses a filter that is. */
const DEEPEST = 180;

/** Text that no path can hold: clients take these for a step to another path. */
const NOT_IN_A_PATH = ['', '.', '..'];

/**
 * The text of a consent's id. Text stays as it is. All else, and text that begins with `~` or that no path can hold, is
 * `~` and base64url, without padding, of its canonical Extended JSON.
 *
 * @param id as the driver reads it with `AS_STORED`
 */
export function writeConsentId(id: ConsentId): string {
  if (typeof id === 'string' && !id.startsWith('~') && !NOT_IN_A_PATH.includes(id)) return id;
  return `~${Buffer.from(EJSON.stringify(id, { relaxed: false })).toString('base64url')}`;
}

/**
 * The id that a text names, or undefined where it names none: there is one spelling for each id. The id itself may be
 * null. It may be a document that holds operators, so put it into filters with `$eq` only.
 */
export function readConsentId(text: string): { id: ConsentId } | undefined {
  if (!text.startsWith('~')) return { id: text };
  try {
    const json = Buffer.from(text.slice(1), 'base64url').toString();
    // What the database would read is what counts: it knows no half of a surrogate pair, and no zero in a name.
    const { id } = deserialize(serialize({ id: EJSON.parse(json, { relaxed: false }) }), AS_STORED);
    return writeConsentId(id) === text && depthOf(id) <= DEEPEST ? { id } : undefined;
  } catch {
    return undefined;
  }
}

function depthOf(value: unknown): number {
  if (!isDocument(value)) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/**
 * The same text for ids that are equal to the database, however the driver reads them: numbers go by their value and
 * not by their type, also within documents.
 */
export function consentKey(id: ConsentId): string {
  const text = id instanceof mongo.BSON.BSONSymbol ? id.value : id;
  return typeof text === 'string' && !text.startsWith('~') ? text : `~${keyOf(text)}`;
}

/**
 * Whether what a row names can be a consent's id. The database takes no document as an id, and none in a list of a
 * filter, that begins with an operator.
 */
export function canBeConsentId(id: ConsentId): boolean {
  if (id === null) return false;
  const [first = ''] = isDocument(id) ? Object.keys(id) : [];
  return !first.startsWith('$');
}

function keyOf(value: unknown): string {
  const number = textOfNumber(value);
  if (number !== undefined) return `number ${plainNumber(number)}`;
  if (value instanceof mongo.BSON.BSONSymbol) return JSON.stringify(value.value);
  if (!isDocument(value)) return EJSON.stringify(value, { relaxed: false });
  const entries = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${keyOf(item)}`);
  return Array.isArray(value) ? `[${entries}]` : `{${entries}}`;
}

/** A document or a list, and none of the classes that the driver has for other types. */
function isDocument(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** The digits of a number: all that a Double has as far as another type can have them, too. */
function textOfNumber(value: unknown): string | undefined {
  const { Decimal128, Double, Int32, Long, Timestamp } = mongo.BSON;
  if (value instanceof Timestamp) return undefined;
  if (typeof value === 'number') return value.toPrecision(100);
  if (value instanceof Double) return value.value.toPrecision(100);
  if (typeof value === 'bigint' || value instanceof Int32 || value instanceof Long) return `${value}`;
  return value instanceof Decimal128 ? value.toString() : undefined;
}

/** One spelling for each number: `10`, `1e1` and `10.0` are `1e1`. */
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
