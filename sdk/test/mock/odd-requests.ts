/** Where the grants are. */
export const GRANTS = '/api/v1/oauth-grants';

const idOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const SIX = { client_id: 'x', user_id: 'x', account_id: 'x', project_id: 'x', resource: 'x', scope: ['a'] };

/** The id of a grant that nobody has. */
export const UNKNOWN_GRANT = idOf(SIX);

/** What may come behind the path of the grants. */
// biome-ignore format: a table is easier to read in few lines
export const ODD_PATHS = [
  '?limit=0', '?limit=1001', '?limit=1e2', '?limit=+5', '?limit=', '?limit=5&limit=5', '?limit=99999999999999999999',
  '?offset=-0', '?offset=9007199254740993', '?client_id=', '?client_id=a&client_id=b', '?foo=1&bar=2&limit=0', '?LIMIT=1',
  '?status=ACTIVE', '?status=active,expired', '?sort_by=foo', '?cursor=zzz', '?cursor=zzz&offset=3', '?cursor=',
  `?cursor=${'x'.repeat(5_000)}`, '?include_suspension=yes', '?include_suspension=TRUE', '?unused_since=2026-01-01',
  '?unused_since=2026-02-30T00:00:00Z', '?unused_since=2026-01-01T00:00:00+02:00', '?unused_since=2026-01-01T00:00:60Z',
  '?account_id=other', '?account_id=other&limit=0', '?client_id=%00', '?client_id=%FF', '?client_id=%zz',
  `?client_id=${'x'.repeat(3_000)}`, `?client_id=${'%F0%9F%92%A9'.repeat(2_000)}`, `?${'a=1&'.repeat(101)}`,
  '/e30', '/W10', '/eyJhIjoxfQ', '/bnVsbA', '/abc', '/%20', '/%E0%A4%A', '/%FF?limit=0', `/${UNKNOWN_GRANT}`,
  `/${UNKNOWN_GRANT}=`, `/${UNKNOWN_GRANT}A`, `/${UNKNOWN_GRANT.slice(0, -1)}`, `/${UNKNOWN_GRANT}/`,
  `/${UNKNOWN_GRANT}?foo=1`, `/${idOf({ ...SIX, more: 1 })}`, `/${idOf({ ...SIX, scope: ['b', 'a'] })}`,
  `/${idOf({ ...SIX, scope: ['a', 'a'] })}`, `/${idOf({ ...SIX, user_id: 1 })}`, `/${idOf({ ...SIX, user_id: '\ud83d' })}`,
  '/revoke', '/search', '/REVOKE', '/%72evoke', '/audit-events/', '/audit-events?grant_id=abc', '/audit-events?from=2026',
  `/audit-events?grant_id=${UNKNOWN_GRANT}`, '/audit-events?limit=201', '/audit-events?cursor=first', '/audit-events?offset=3',
];

/** Bodies of a revocation. */
// biome-ignore format: as above
export const ODD_BODIES: unknown[] = [
  '', '{', '{}', '[]', 'null', '"x"', '1', '\uFEFF{"client_id":"nope"}', ' {"client_id":"nope"} ', '{"a":1e999}', '['.repeat(40),
  { grant_ids: [] }, { grant_ids: 'x' }, { grant_ids: null }, { grant_ids: ['abc'] }, { grant_ids: [1] }, { grant_ids: ['abc', 1] },
  { grant_ids: [''] }, { grant_ids: ['a b'] }, { grant_ids: [UNKNOWN_GRANT] }, { grant_ids: [UNKNOWN_GRANT, 'abc'] },
  { grant_ids: [UNKNOWN_GRANT], client_id: 'x' }, { grant_ids: [], client_id: '' }, { grant_ids: [], preview_token: 'a.b.c' },
  { grant_ids: Array.from({ length: 1_001 }, () => UNKNOWN_GRANT) }, { grant_ids: Array.from({ length: 26_000 }, () => '') },
  { client_id: '' }, { client_id: null }, { client_id: 1 }, { client_id: 'x'.repeat(2_049) }, { client_id: '💩'.repeat(2_048) },
  { user_id: 'x'.repeat(257) }, { client_id: 'nope', foo: 1, bar: 2 }, { client_id: 'nope', status: 'gone' },
  { client_id: 'nope', status: null }, { status: 'all' }, { status: 'gone' }, { unused_since: '2026-01-01T00:00:00Z' },
  { client_id: 'nope', unused_since: '2999-01-01T00:00:00Z' }, { client_id: 'nope', unused_since: 'x' },
  { client_id: 'nope', unused_since: 5 }, { client_id: 'nope', unused_since: '2026-02-30T00:00:00Z' }, { account_id: 'other' },
  { account_id: 'other', status: 'gone' }, { dry_run: true },
  ...['yes', 'true', 1, null, [], true, false].flatMap((value) => [
    { client_id: 'nope', dry_run: value }, { client_id: 'nope', include_consent: value },
  ]),
  { preview_token: 'x' }, { preview_token: 'a.b.c' }, { preview_token: '' }, { preview_token: 1 },
  { preview_token: 'a.b.c', dry_run: true }, { preview_token: `a.b.${'c'.repeat(9_000)}` }, '{"client_id":"a","client_id":"nope"}',
  '{"client_id":"nope","__proto__":1}', '{"client_id":"\\ud83d"}', '{"\\ud83d":1}', { client_id: 'nope', ['x'.repeat(200)]: 1 },
  { client_id: 'nope', 'a/b~c': 1 }, { client_id: 'nope', a: Array.from({ length: 200 }, () => 1) },
  Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`key-${index}`, 1])), 'x'.repeat(5 * 1024 * 1024),
];

/** Bodies of a search. */
// biome-ignore format: as above
export const ODD_SEARCHES: unknown[] = [
  '', {}, [], { query: '' }, { query: ' ' }, { query: 1 }, { query: null }, { query: 'a'.repeat(2_049) }, { query: 'a', x: 1, y: 2 },
  { query: 'a', limit: 0 }, { query: 'a', limit: 51 }, { query: 'a', limit: '5' }, { query: 'a', limit: 1.5 },
  '{"query":"a","limit":1.0}', { query: 'a', limit: null }, '{"query":"\\ud83d"}', '{"query":"\\ud83d\\ude00"}', '{"query":"a\\u0000b"}',
];
