import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, decodeGrantId, encodeGrantId } from '../../src/grants/rows/identity.ts';
import { PAGE_GRANT, PAGE_GRANT_ID } from '../rows.ts';

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const text = fc.string({ unit: 'binary' });
const identity = fc.record({
  client_id: text,
  user_id: text,
  account_id: text,
  project_id: text,
  resource: text,
  scope: fc.array(text),
});

it('text is ordered by code point, as the database orders it, and not by UTF-16 unit', () => {
  expect(['\u{1f511}', '\ufb01', 'z', 'Z', ''].sort(compareText)).toEqual([
    '',
    'Z',
    'z',
    '\ufb01',
    '\u{1f511}',
  ]);
});

it('orders any two strings as MongoDB does, by the bytes of their UTF-8', () => {
  // Pairs that differ late, and of units around the surrogates, are rare among random strings.
  const near = fc.string({
    unit: fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  });
  fc.assert(
    fc.property(fc.oneof(text, near), fc.oneof(text, near), (left, right) => {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareText(left, right))).toBe(bytes);
    }),
  );
});

describe('a grant id', () => {
  it('is the one that the published page prints, character for character', () => {
    expect(encodeGrantId(PAGE_GRANT)).toBe(PAGE_GRANT_ID);
  });

  it('does not depend on the order or the repeats of the scope, but on its case', () => {
    expect(encodeGrantId({ ...PAGE_GRANT, scope: [...PAGE_GRANT.scope, 'mcp'].reverse() })).toBe(
      PAGE_GRANT_ID,
    );
    expect(encodeGrantId({ ...PAGE_GRANT, scope: ['MCP'] })).not.toBe(
      encodeGrantId({ ...PAGE_GRANT, scope: ['mcp'] }),
    );
  });

  it('leads back to the six values, whatever is in them', () => {
    fc.assert(
      fc.property(identity, (values) => {
        const decoded = decodeGrantId(encodeGrantId(values));
        expect({ ...decoded, scope: new Set(decoded?.scope) }).toEqual({
          ...values,
          scope: new Set(values.scope),
        });
      }),
    );
  });

  it('is safe in a path as it stands', () => {
    fc.assert(
      fc.property(identity, (values) => encodeURIComponent(encodeGrantId(values)) === encodeGrantId(values)),
    );
  });

  it.each([
    ['nothing', ''],
    ['no base64url', '!!!'],
    ['no JSON', base64url('mcp')],
    ['JSON of another kind', base64url('[]')],
    ['null', base64url('null')],
    ['a missing value', base64url('{"client_id":"a"}')],
    ['a number for a value', base64url(JSON.stringify({ ...PAGE_GRANT, user_id: 1 }))],
    ['an operator for a value', base64url(JSON.stringify({ ...PAGE_GRANT, user_id: { $gt: '' } }))],
    ['a scope that is no list', base64url(JSON.stringify({ ...PAGE_GRANT, scope: 'mcp' }))],
    ['a scope out of order', base64url(JSON.stringify({ ...PAGE_GRANT, scope: ['openid', 'mcp'] }))],
    ['a scope with repeats', base64url(JSON.stringify({ ...PAGE_GRANT, scope: ['mcp', 'mcp'] }))],
    [
      'another order of keys',
      base64url(JSON.stringify(Object.fromEntries(Object.entries(PAGE_GRANT).reverse()))),
    ],
    ['one key more', base64url(JSON.stringify({ ...PAGE_GRANT, extra: 1 }))],
    ['spaces in the JSON', base64url(JSON.stringify(PAGE_GRANT, null, 1))],
    ['padding', `${PAGE_GRANT_ID}=`],
    ['the last character cut off', PAGE_GRANT_ID.slice(0, -1)],
    ['a lone surrogate', base64url(JSON.stringify({ ...PAGE_GRANT, user_id: '\ud800' }))],
  ])('is refused when it holds %s', (_what, id) => {
    expect(decodeGrantId(id)).toBeUndefined();
  });
});
