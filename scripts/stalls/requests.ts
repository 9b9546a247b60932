import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { ACCOUNT, STORED_GRANT_IDS } from './store.ts';

/** A request meant to keep a server busy. */
export interface Hostile {
  name: string;
  method?: 'GET' | 'POST' | 'OPTIONS';
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

const LIST = '/api/v1/oauth-grants';
const REVOKE = `${LIST}/revoke`;
const SCOPES = '/api/applications/app/user-consent-scopes';
const MIB = 2 ** 20;

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const base64 = (text: string) => Buffer.from(text).toString('base64url');

/** The id of a grant with these scopes, in this order. */
function grantId(scope: string[], client_id = 'client'): string {
  const grant = { client_id, user_id: 'user', account_id: ACCOUNT, project_id: 'p', resource: 'r', scope };
  return base64(JSON.stringify(grant));
}

const numbered = (length: number, prefix = '') =>
  Array.from({ length }, (_, index) => `${prefix}${index + 100_000}`);
/** In an order that takes longest to sort. */
const shuffled = (texts: string[]) => texts.map((_, index) => texts[(index * 7_919) % texts.length] ?? '');
const ids = (count: number, scopes: number) =>
  Array.from({ length: count }, (_, index) => grantId(numbered(scopes, 'scope-'), `client-${index}`));

const bodies: [name: string, path: string, body: string][] = [
  ['4 MiB of brackets', REVOKE, nested('[', ']', 2 * MIB - 100)],
  ['4 MiB of opening brackets', REVOKE, '['.repeat(4 * MIB - 1)],
  ['4 MiB of nested objects', REVOKE, nested('{"a":', '}', 600_000)],
  ['a key of 4 MiB', REVOKE, `{"${'k'.repeat(4 * MIB - 100)}":1}`],
  ['a text of 4 MiB', REVOKE, `{"client_id":"${'x'.repeat(4 * MIB - 100)}"}`],
  ['4 MiB of escapes', REVOKE, `{"client_id":"${'\\u0041'.repeat(690_000)}"}`],
  ['4 MiB of quotes', REVOKE, `{"client_id":"${'\\"'.repeat(2 * MIB - 100)}"}`],
  ['4 MiB of letters of three bytes', REVOKE, `{"client_id":"${'語'.repeat(1_390_000)}"}`],
  ['a number of 4 MiB', REVOKE, `{"client_id":${'7'.repeat(4 * MIB - 100)}}`],
  ['4 MiB of spaces', REVOKE, ' '.repeat(4 * MIB - 1)],
  ['24,000 numbers for grant ids', REVOKE, `{"grant_ids":[${'1,'.repeat(24_000)}1]}`],
  [
    'a search for as many words as fit',
    `${LIST}/search`,
    JSON.stringify({ query: 'ab cd ef gh '.repeat(170) }),
  ],
  ['a search for letters of many', `${LIST}/search`, JSON.stringify({ query: 'ﷺ'.repeat(2_048), limit: 50 })],
  ['24,000 empty grant ids', REVOKE, `{"grant_ids":[${'"",'.repeat(24_000)}""]}`],
  [
    '24,000 unknown keys',
    REVOKE,
    `{${numbered(24_000)
      .map((key) => `"${key}":1`)
      .join()}}`,
  ],
  [
    '800 unknown keys of 5 kB',
    REVOKE,
    `{${numbered(800, 'k'.repeat(5_000))
      .map((key) => `"${key}":1`)
      .join()}}`,
  ],
  ['1,000 unknown grants of 4 kB', REVOKE, JSON.stringify({ grant_ids: ids(1_000, 180) })],
  [
    '1,000 ids of 4 kB that are none',
    REVOKE,
    JSON.stringify({ grant_ids: numbered(1_000, 'x'.repeat(4_000)) }),
  ],
  [
    '1,000 ids of 4 kB with bad letters',
    REVOKE,
    JSON.stringify({ grant_ids: numbered(1_000, '='.repeat(4_000)) }),
  ],
  ['all of a thousand grants by their ids', REVOKE, JSON.stringify({ grant_ids: STORED_GRANT_IDS })],
  [
    'a preview of a thousand grants by their ids',
    REVOKE,
    JSON.stringify({ grant_ids: STORED_GRANT_IDS, dry_run: true }),
  ],
  ['a preview token of 4 MiB', REVOKE, `{"preview_token":"${'x.'.repeat(2 * MIB - 100)}"}`],
  ['15 unknown grants of 260 kB', REVOKE, JSON.stringify({ grant_ids: ids(15, 12_000) })],
  [
    'one id of 4 MiB of scopes',
    REVOKE,
    JSON.stringify({ grant_ids: [grantId(numbered(24_000, 'x'.repeat(110)))] }),
  ],
  [
    'one id of 4 MiB of brackets',
    REVOKE,
    JSON.stringify({ grant_ids: [base64(nested('[', ']', 1_500_000))] }),
  ],
  [
    '15 ids of scopes out of order',
    REVOKE,
    JSON.stringify({
      grant_ids: ids(15, 0).map((_, index) => grantId(shuffled(numbered(14_000, String(index))))),
    }),
  ],
  ['four lists of 5,000 unknown scopes', SCOPES, JSON.stringify(fourLists(numbered(5_000, 'scope-')))],
  ['four lists of 5,000 numbers', SCOPES, JSON.stringify(fourLists(Array(5_000).fill(1)))],
  ['four lists of 6,000 empty texts', SCOPES, JSON.stringify(fourLists(Array(6_000).fill('')))],
  ['four lists of 6,000 lists', SCOPES, JSON.stringify(fourLists(Array(5_000).fill([])))],
  [
    '1 MiB of ignored keys',
    SCOPES,
    `{${numbered(24_000, 'k'.repeat(20))
      .map((key) => `"${key}":{}`)
      .join()}}`,
  ],
  ['MCP: a search of 60 kB', '/mcp', toolCall('search_docs', { query: 'grant revoke '.repeat(4_600) })],
  [
    'MCP: a search of 20,000 words',
    '/mcp',
    toolCall('search_docs', { query: shuffled(numbered(8_000)).join(' ') }),
  ],
  ['MCP: 10,000 pages', '/mcp', toolCall('fetch_docs', { paths: numbered(6_000) })],
  ['MCP: an unknown tool of 60 kB', '/mcp', toolCall('x'.repeat(60_000), {})],
  ['MCP: 60 kB of brackets', '/mcp', nested('[', ']', 30_000)],
  ['feedback of 8 kB of brackets', '/docs/feedback', nested('[', ']', 4_000)],
  [
    'feedback of a thousand keys',
    '/docs/feedback',
    `{${numbered(700)
      .map((key) => `"${key}":1`)
      .join()}}`,
  ],
];

function fourLists(list: unknown[]): object {
  return {
    organizationScopes: list,
    resourceScopes: list,
    organizationResourceScopes: list,
    userScopes: list,
  };
}

function toolCall(name: string, args: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
}

const bomb = nested('[', ']', 2_000_000);
const flatBomb = `{"client_id":"${'x'.repeat(4_000_000)}"}`;
const endlessBomb = Buffer.alloc(200_000_000, '[');
const compressed: [name: string, encoding: string, body: Buffer][] = [
  ['4 MB of brackets in gzip', 'gzip', gzipSync(bomb)],
  ['4 MB of brackets in deflate', 'deflate', deflateSync(bomb)],
  ['4 MB of brackets in brotli', 'br', brotliCompressSync(bomb)],
  ['4 MB of one letter in gzip', 'gzip', gzipSync(flatBomb)],
  ['200 MB in gzip', 'gzip', gzipSync(endlessBomb, { level: 1 })],
];

/** The most that an address or a header may have, less the rest of what they contain. */
const MAX_HEADERS = 240_000;
const filled = (part: string) => part.repeat(Math.floor(MAX_HEADERS / part.length));

const paths: [name: string, path: string][] = [
  ...['/', '%2F', 'a/', '../', '%00', '.', '-', ':'].map((part): [string, string] => [
    `a path of ${JSON.stringify(part)}`,
    `/${filled(part)}`,
  ]),
  ...['/', '%2F', 'a/', '%C3%A9'].flatMap((part): [string, string][] => [
    [`/docs/ and ${JSON.stringify(part)}`, `/docs/${filled(part)}`],
    [`a grant id of ${JSON.stringify(part)}`, `${LIST}/${filled(part)}`],
    [`an application id of ${JSON.stringify(part)}`, `/api/applications/${filled(part)}/user-consent-scopes`],
  ]),
  ['a grant id of brackets', `${LIST}/${base64(nested('[', ']', 90_000))}`],
  ['a grant id of 19,000 scopes', `${LIST}/${grantId(numbered(19_000))}`],
  ['a grant id of scopes out of order', `${LIST}/${grantId(shuffled(numbered(19_000)))}`],
  ['a cursor of brackets', `${LIST}?cursor=${base64(nested('[', ']', 90_000))}`],
  [
    'a cursor of a long key',
    `${LIST}?cursor=${base64(JSON.stringify({ v: 1, list: '', stretch: 0, key: 'x'.repeat(170_000), grant: '' }))}`,
  ],
  [
    'a cursor of scopes out of order',
    `${LIST}?cursor=${base64(JSON.stringify({ v: 1, list: '', stretch: 0, key: null, grant: grantId(shuffled(numbered(14_000))) }))}`,
  ],
  ...['&', 'a[', 'a[b]=1&', '[', 'a[]', '%41', '%', '?', '+', 'limit=1&', '__proto__[a]=1&'].map(
    (part): [string, string] => [`a query of ${JSON.stringify(part)}`, `${LIST}?${filled(part)}`],
  ),
  ['a parameter of brackets', `${LIST}?user_id=1&user_id${filled('[a]')}=1`],
  ['the longest page there is', `${LIST}?limit=1000&status=all`],
  ['the longest page, by names', `${LIST}?limit=1000&sort_by=client_name&status=all`],
];

const heads: [name: string, path: string, headers: Record<string, string>][] = [
  [
    'a token of brackets',
    LIST,
    { Authorization: `Bearer ${base64(nested('[', ']', 60_000))}.${base64(nested('[', ']', 20_000))}.x` },
  ],
  ['a token of dots', LIST, { Authorization: `Bearer ${filled('.')}` }],
  ['a scheme of spaces', LIST, { Authorization: `Bearer${filled(' ')}x` }],
  ['a type of semicolons', LIST, { 'Content-Type': `application/json${filled(';a=b')}` }],
  ['a type of spaces', LIST, { 'Content-Type': `application/json${filled(' ')}x` }],
  ['an Accept of commas', '/docs/nothing', { Accept: filled('a/b;q=0.1,') }],
  ['an Accept of quotes', '/docs/nothing', { Accept: filled('a/b;q=",') }],
  ['an Accept-Encoding of commas', '/docs/', { 'Accept-Encoding': filled('a;q=0.1,') }],
  ['a chain of proxies', '/mcp', { 'X-Forwarded-For': filled('1.1.1.1,') }],
  [
    'a host of commas',
    '/mcp',
    {
      'X-Forwarded-Host': filled('a,').slice(1, MAX_HEADERS / 2),
      Origin: `http://${filled('a').slice(1, MAX_HEADERS / 2)}`,
    },
  ],
  ['cookies', LIST, { Cookie: filled('a=b; ') }],
  ['an idempotency key', `${LIST}/revoke`, { 'Idempotency-Key': filled('k') }],
  ['a verification id', '/api/my-account/grants', { 'logto-verification-id': filled('v') }],
  ['a request id', LIST, { 'X-Request-Id': filled('r') }],
  [
    'what a preflight asks for',
    LIST,
    { Origin: 'https://app.example', 'Access-Control-Request-Headers': filled('a,') },
  ],
  [
    'conditions',
    '/docs/',
    {
      'If-None-Match': filled('"a",').slice(0, MAX_HEADERS / 2),
      'If-Modified-Since': filled('a').slice(1, MAX_HEADERS / 2),
    },
  ],
  ['1,900 headers', LIST, Object.fromEntries(numbered(1_900, 'x-header-number-').map((name) => [name, 'v']))],
];

const JSON_TYPE = { 'Content-Type': 'application/json' };
// MCP requires this of its clients.
const ACCEPT = { Accept: 'application/json, text/event-stream' };

/** Every hostile request that anyone has thought of. Add a line for any other. */
export const HOSTILE: Hostile[] = [
  ...bodies.map(([name, path, body]) => ({
    name,
    path,
    body,
    method: 'POST' as const,
    headers: { ...JSON_TYPE, ...ACCEPT },
  })),
  {
    name: '4 MiB of grant ids with a key',
    method: 'POST',
    path: REVOKE,
    body: JSON.stringify({ grant_ids: ids(1_000, 180) }),
    headers: { ...JSON_TYPE, 'Idempotency-Key': 'a-key' },
  },
  ...compressed.map(([name, encoding, body]) => ({
    name,
    path: REVOKE,
    body,
    method: 'POST' as const,
    headers: { ...JSON_TYPE, 'Content-Encoding': encoding },
  })),
  ...paths.map(([name, path]) => ({ name, path })),
  ...heads.map(([name, path, headers]) => ({ name, path, headers })),
  {
    name: 'a preflight',
    method: 'OPTIONS',
    path: LIST,
    headers: {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': filled('a,'),
    },
  },
];
