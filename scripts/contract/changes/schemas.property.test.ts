import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Schema } from '../../../docs/site/library/documents.ts';
import { compareSchemas } from './schemas.ts';

const ajv = new Ajv2020({ strict: false, addUsedSchema: false });
const NAMES = ['a', 'b'];

const bound = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
const scalar: fc.Arbitrary<Schema> = fc.oneof(
  fc.record({ type: fc.constant('string'), minLength: bound, maxLength: bound }),
  fc.record({ type: fc.constantFrom('integer', 'number'), minimum: bound, maximum: bound }),
  fc.record({ type: fc.constantFrom<string[]>(['string', 'null'], ['integer', 'null']) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom('', 'x', 1, null), { minLength: 1 }) }),
  fc.constant({}),
);
const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: bound }),
    fc.record({
      type: fc.constant('object'),
      required: fc.subarray(NAMES),
      // With both always described, what is not described is no matter here.
      properties: fc.record({ a: tie('schema'), b: tie('schema') }),
      additionalProperties: fc.constantFrom(true, false),
    }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
  ),
}));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, '', 'x', 'xy', 'wxyz', 0, 1, 2.5, 4, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }),
  ),
}));

/** Without what is undefined, as JSON has it. */
const plain = (given: Schema): Schema => JSON.parse(JSON.stringify(given));
const breaks = (before: Schema, after: Schema, way: 'sent' | 'answered') =>
  compareSchemas(before, after, way, '').some(({ breaking }) => breaking);

it('what was valid before and is not now breaks those who send it, and the other way round those who get it', () => {
  let broken = 0;
  const holds = (first: Schema, second: Schema, values: unknown[]) => {
    const [before, after] = [plain(first), plain(second)];
    const [wasValid, isValid] = [ajv.compile(before), ajv.compile(after)];
    const isRefused = values.find((one) => wasValid(one) && !isValid(one));
    const isNew = values.find((one) => isValid(one) && !wasValid(one));
    if (isRefused !== undefined) expect(breaks(before, after, 'sent'), JSON.stringify(isRefused)).toBe(true);
    if (isNew !== undefined) expect(breaks(before, after, 'answered'), JSON.stringify(isNew)).toBe(true);
    if (isRefused !== undefined || isNew !== undefined) broken++;
  };
  fc.assert(fc.property(schema, schema, fc.array(value, { minLength: 20, maxLength: 20 }), holds), {
    numRuns: 400,
  });
  expect(broken).toBeGreaterThan(100);
});

it('a schema does not differ from itself', () => {
  fc.assert(
    fc.property(schema, (one) => {
      expect(compareSchemas(plain(one), plain(one), 'sent', '')).toEqual([]);
    }),
  );
});
