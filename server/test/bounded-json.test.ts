import fc from 'fast-check';
import { expect, it } from 'vitest';
import { excessOf, parseBounded } from '../src/bounded-json.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

it('any JSON that is not too deep is parsed as JSON.parse does it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(parseBounded(Buffer.from(text))).toEqual(JSON.parse(text));
    }),
  );
});

it('the depth of JSON is seen in its bytes, whatever its texts hold', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[[\]{}",\\]*$/));
  const leaf = fc.oneof(text, fc.integer(), fc.constant(null));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), text), { minLength: 28, maxLength: 36 }),
      leaf,
      (levels, inner) => {
        const value = levels.reduce<unknown>(
          (made, [isList, key]) => (isList ? [key, made] : { [key]: made }),
          inner,
        );
        expect(excessOf(Buffer.from(JSON.stringify(value)))).toBe(depthOf(value) > 32 ? 'depth' : undefined);
      },
    ),
  );
});

it('too many values are seen too, and what is no JSON is none', () => {
  expect(excessOf(Buffer.from(JSON.stringify(Array(20_000).fill(1))))).toBeUndefined();
  expect(excessOf(Buffer.from(JSON.stringify(Array(30_000).fill(1))))).toBe('values');
  expect(excessOf(Buffer.from(JSON.stringify(','.repeat(30_000))))).toBeUndefined();
  for (const bad of ['', '{', '"', '[1,]', 'x', '['.repeat(100_000)])
    expect(parseBounded(Buffer.from(bad))).toBeUndefined();
});
