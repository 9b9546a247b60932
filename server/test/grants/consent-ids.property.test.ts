import fc from 'fast-check';
import { mongo } from 'mongoose';
import { expect, it } from 'vitest';
import {
  AS_STORED,
  type ConsentId,
  consentKey,
  readConsentId,
  writeConsentId,
} from '../../src/grants/rows/consent-ids.ts';

const { Binary, BSONSymbol, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } =
  mongo.BSON;
const { EJSON, deserialize, serialize } = mongo.BSON;

const text = fc.string({ unit: 'grapheme' });
const bytes = (length?: number) =>
  fc.uint8Array(length === undefined ? { maxLength: 40 } : { minLength: length, maxLength: length });
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  text,
  text.map((end) => `~${end}`),
  fc.constantFrom<unknown>('', '.', '..', null, true, false, new MinKey(), new MaxKey()),
  bytes(12).map((id) => new ObjectId(id)),
  fc.integer().map((value) => new Int32(value)),
  fc.double().map((value) => new Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -6000, max: 6000 }))
    .map(([digits, power]) => Decimal128.fromString(`${digits}E${power}`)),
  fc.date({ noInvalidDate: true }),
  fc.tuple(bytes(), fc.constantFrom(0, 5, 128)).map(([data, kind]) => new Binary(data, kind)),
  fc.tuple(bytes(16), fc.constantFrom(3, 4)).map(([data, kind]) => new Binary(data, kind)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  text.map((code) => new Code(code)),
  text.map((value) => new BSONSymbol(value)),
);
/** Not those that JavaScript would put into another order, nor those that the database refuses in ids. */
const name = fc
  .string({ unit: 'grapheme' })
  .filter((one) => !/^\d+$|^\$|^__proto__$/.test(one) && !one.includes('\0'));
const { id: anyId } = fc.letrec<{ id: unknown }>((tie) => ({
  id: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: leaf, weight: 4 },
    { arbitrary: fc.dictionary(name, fc.oneof(tie('id'), fc.array(tie('id'), { maxLength: 3 }))), weight: 1 },
  ),
}));

/** The id as it comes back from the database. */
const stored = (id: unknown, options: object = AS_STORED): ConsentId =>
  deserialize(serialize({ id }), options).id;
const spelled = (json: string) => `~${Buffer.from(json).toString('base64url')}`;

it('every id is written as text for a path, and that text names it and no other', () => {
  fc.assert(
    fc.property(anyId, (made) => {
      const id = stored(made);
      const written = writeConsentId(id);
      const isPlain = typeof made === 'string' && !/^(~.*|\.{0,2})$/s.test(made);
      expect(written).toBe(isPlain ? made : spelled(EJSON.stringify(id, { relaxed: false })));
      const read = readConsentId(written);
      expect(read && EJSON.stringify(read.id, { relaxed: false })).toBe(
        EJSON.stringify(id, { relaxed: false }),
      );
    }),
    { numRuns: 1_000 },
  );
});

it('an id has the same key however the driver reads it', () => {
  fc.assert(
    fc.property(anyId, (made) => {
      const keys = [
        AS_STORED,
        {},
        { useBigInt64: true, bsonRegExp: true },
        { promoteLongs: false },
        { promoteValues: false },
      ].map((options) => consentKey(stored(made, options)));
      expect(new Set(keys).size).toBe(1);
    }),
    { numRuns: 500 },
  );
});

it.each([
  ['one', [1, 1n, new Int32(1), new Double(1), Long.fromNumber(1), Decimal128.fromString('1.00')]],
  ['a tenth of ten', [0.5, new Double(0.5), Decimal128.fromString('0.5'), Decimal128.fromString('5E-1')]],
  ['zero', [0, -0, new Double(-0), Decimal128.fromString('-0.0'), Decimal128.fromString('0E10')]],
  ['many', [1e22, new Double(1e22), Decimal128.fromString('1E22')]],
  ['no number', [Number.NaN, new Double(Number.NaN), Decimal128.fromString('NaN')]],
  ['no end', [Number.POSITIVE_INFINITY, Decimal128.fromString('Infinity')]],
])('numbers that are equal have one key, also within documents: %s', (_what, numbers) => {
  expect(new Set(numbers.map(consentKey)).size).toBe(1);
  expect(new Set(numbers.map((number) => consentKey({ a: { b: number } }))).size).toBe(1);
});

it.each([
  ['9007199254740992 and the next', 2n ** 53n, 2n ** 53n + 1n],
  ['a Double and a Decimal128 that only look alike', 0.1, Decimal128.fromString('0.1')],
  ['a number and a text', 1, '1'],
  ['text and what an id is written as', '~number 1e0', 1],
  ['a timestamp and its number', new Timestamp(1n), 1n],
  ['a date and its number', new Date(1), 1],
  ['two bytes of another kind', new Binary(Buffer.from('a'), 0), new Binary(Buffer.from('a'), 5)],
  ['names in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a list and a document', [1], { 0: 1 }],
])('ids that differ have two keys: %s', (_what, one, other) => {
  expect(consentKey(one)).not.toBe(consentKey(other));
});

it.each([
  ['nothing', '~'],
  ['no base64url', '~!!'],
  ['padding', `${spelled('"~"')}=`],
  ['no JSON', spelled('{')],
  ['bytes that are no UTF-8', `~${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}`],
  ['text that is written as it is', spelled('"abc"')],
  ['spaces', spelled('{ "$numberInt":"1"}')],
  ['relaxed Extended JSON', spelled('1')],
  ['another spelling of a number', spelled('{"$numberInt":"01"}')],
  ['a bad ObjectId', spelled('{"$oid":"x"}')],
  ['a bad date', spelled('{"$date":{"$numberLong":"x"}}')],
  ['undefined', spelled('{"$undefined":true}')],
  ['a zero in a name', spelled('{"a\\u0000b":true}')],
  ['half of a surrogate pair', spelled('{"a":"\\ud800"}')],
  ['names that JavaScript orders', spelled('{"b":true,"1":true}')],
  ['deeper than a document can be', spelled(`${'{"a":'.repeat(181)}true${'}'.repeat(181)}`)],
  ['deeper than the stack', spelled('['.repeat(50_000) + ']'.repeat(50_000))],
])('what no id is written as names none: %s', (_what, written) => {
  expect(readConsentId(written)).toBeUndefined();
});
