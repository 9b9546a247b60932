import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { RawRequest } from './wire.ts';

/** Spoils a request, or at least changes how it is written. */
export interface Mutation {
  name: string;
  apply(request: RawRequest): RawRequest;
}

/** Invalid as a string, number or id. */
// biome-ignore format: a table is easier to read in few lines
const ODD_TEXTS = [
  '', ' ', '%20', '0x10', '1e2', '1e999', 'Infinity', 'NaN', '-1', '-0', '+1', '%2B1', '1.0', '01', '1_000', '%D9%A1',
  '9'.repeat(400), 'true', 'null', 'undefined', '[object%20Object]', '{"$gt":""}', '$where', '__proto__', 'constructor',
  "';--", '../..', '%00', '%0d%0aX-Injected:%201', '%E9', '%FF', '%ED%A0%80', '%F0%9F%92%A9', '%', '%zz', '%2525', '%2F',
  '%3F', '?', '??x=1', 'a?b&limit=0x10', 'a;b', 'x'.repeat(300), 'x'.repeat(3_000), '~', '~e30', 'eyJ2IjoxfQ',
];

// biome-ignore format: as above
const ODD_VALUES = [
  null, true, 0, -1, 1e308, '', [], {}, [null], [[]], { $gt: '' }, { $ne: null }, { length: 1 }, '\ud800', '\u0000',
  'x'.repeat(5_000), Array.from({ length: 6_000 }, (_, index) => `id-${index}`),
];
const oddJson = fc.oneof(fc.constantFrom<unknown>(...ODD_VALUES), fc.jsonValue({ maxDepth: 3 }));

// biome-ignore format: as above
const ODD_NAMES = [
  'limit[]', 'limit[$gt]', 'user_id[$ne]', '__proto__', '__proto__[x]', 'constructor', 'LIMIT', 'limit%00', 'bogus', '',
  '%FF', 'grant_ids', 'x'.repeat(3_000), 'hasOwnProperty', 'toString',
];

// biome-ignore format: as above
const ODD_HEADERS: [string, string][] = [
  ['Authorization', 'Bearer x'], ['X-HTTP-Method-Override', 'DELETE'], ['X-Request-Id', 'x'.repeat(500)],
  ['X-Request-Id', '"><script>'], ['X-Forwarded-For', '127.0.0.1, evil'], ['X-Forwarded-Host', 'evil.example'],
  ['Accept', 'text/html'], ['Accept-Encoding', 'gzip'], ['If-None-Match', '*'], ['If-Modified-Since', 'now'],
  ['Range', 'bytes=0-1'], ['Expect', '100-continue'], ['Expect', 'a miracle'], ['Upgrade', 'h2c'], ['TE', 'trailers'],
  ['Origin', 'https://evil.example'], ['Cookie', 'x'.repeat(20_000)], ['logto-verification-id', 'x'.repeat(400)],
  ['logto-verification-id', '{"$gt":""}'], ['Idempotency-Key', ''], ['Idempotency-Key', 'a b'],
  ['Idempotency-Key', '"'], ['Idempotency-Key', 'x'.repeat(256)], ['Idempotency-Key', '{"$gt":""}'],
  ['Idempotency-Key', '\xe9'], ['Idempotency-Key', 'key-1'], ['Content-Type', 'text/plain'], ['Content-Encoding', 'gzip'],
  ['Transfer-Encoding', 'chunked'], ['Content-Length', '5'], ['X-Filler', 'y'.repeat(300_000)],
];

const edit = (name: string, apply: Mutation['apply']): Mutation => ({ name, apply });
const onTarget = (name: string, change: (target: string) => string) =>
  edit(name, (request) => ({ ...request, target: change(request.target) }));
const onBody = (name: string, change: (body: Buffer) => Buffer) =>
  edit(name, (request) => (request.body.length === 0 ? request : withBody(request, change(request.body))));

/** Replaces the body, with its correct length. */
function withBody(request: RawRequest, body: Buffer): RawRequest {
  const headers = request.headers.filter(([name]) => name !== 'Content-Length');
  return { ...request, body, headers: [...headers, ['Content-Length', String(body.length)]] };
}

const addToQuery = (target: string, text: string) => `${target}${target.includes('?') ? '&' : '?'}${text}`;

function queryMutations(): fc.Arbitrary<Mutation> {
  const text = fc.constantFrom(...ODD_TEXTS);
  const known = fc.constantFrom(
    'limit',
    'offset',
    'cursor',
    'status',
    'user_id',
    'resource',
    'appType',
    'include_consent',
  );
  const replaceValue = (target: string, at: number, value: string) => {
    const [path = '', ...rest] = target.split('?');
    const pairs = rest.join('?').split('&').filter(Boolean);
    if (pairs.length === 0) return `${path}?limit=${value}`;
    const index = at % pairs.length;
    pairs[index] = `${pairs[index]?.split('=')[0]}=${value}`;
    return `${path}?${pairs.join('&')}`;
  };
  return fc.oneof(
    fc
      .tuple(fc.nat(9), text)
      .map(([at, value]) =>
        onTarget(`a value of the query: ${value.slice(0, 40)}`, (target) => replaceValue(target, at, value)),
      ),
    fc
      .tuple(known, text)
      .map(([name, value]) =>
        onTarget(`${name} once more`, (target) => addToQuery(target, `${name}=${value}`)),
      ),
    fc
      .tuple(fc.constantFrom(...ODD_NAMES), text)
      .map(([name, value]) =>
        onTarget(`an unknown parameter: ${name.slice(0, 40)}`, (target) =>
          addToQuery(target, `${name}=${value}`),
        ),
      ),
    fc.constantFrom(
      onTarget('a query in front', (target) => target.replace(/\?|$/, '?resource=a?b&')),
      onTarget('an empty query', (target) => addToQuery(target, '')),
      onTarget('empty pairs', (target) => addToQuery(target, '&&')),
      onTarget('a name alone', (target) => addToQuery(target, 'limit')),
      onTarget('a fragment', (target) => `${target}#limit=1`),
    ),
  );
}

function pathMutations(): fc.Arbitrary<Mutation> {
  const inPath = (name: string, change: (path: string) => string) =>
    onTarget(name, (target) => target.replace(/^[^?]*/, change));
  return fc.oneof(
    fc.constantFrom(
      inPath('a slash at the end', (path) => `${path}/`),
      inPath('two slashes at the end', (path) => `${path}//`),
      inPath('doubled slashes', (path) => path.replaceAll('/', '//')),
      inPath('capitals', (path) => path.toUpperCase()),
      inPath('an encoded slash', (path) => path.replace(/\/(?=[^/]*$)/, '%2F')),
      inPath('a further segment', (path) => `${path}/more`),
      inPath('one segment less', (path) => path.replace(/\/[^/]*$/, '')),
      inPath('dots', (path) => path.replace('/', '/./')),
      inPath('a step up', (path) => `/x/..${path}`),
      onTarget('absolute form', (target) => `http://127.0.0.1${target}`),
      onTarget('absolute form of another host', (target) => `https://evil.example:8443${target}`),
      edit('asterisk form', (request) => ({ ...request, method: 'OPTIONS', target: '*' })),
    ),
    fc
      .constantFrom(...ODD_TEXTS)
      .map((text) =>
        inPath(`the last segment: ${text.slice(0, 40)}`, (path) =>
          path.replace(/[^/]*$/, text.replaceAll('?', '%3F')),
        ),
      ),
    fc
      .constantFrom(
        'GET',
        'HEAD',
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'OPTIONS',
        'TRACE',
        'QUERY',
        'get',
        'FOO',
      )
      .map((method) => edit(`method ${method}`, (request) => ({ ...request, method }))),
  );
}

function headerMutations(): fc.Arbitrary<Mutation> {
  return fc.oneof(
    fc.constantFrom(...ODD_HEADERS).map(([name, value]) =>
      edit(`${name}: ${value.slice(0, 30)}`, (request) => ({
        ...request,
        headers: [...request.headers.filter(([one]) => one !== name), [name, value]],
      })),
    ),
    fc
      .constantFrom('Host', 'Authorization', 'Content-Type', 'Content-Length', 'logto-verification-id')
      .map((name) =>
        edit(`without ${name}`, (request) => ({
          ...request,
          headers: request.headers.filter(([one]) => one !== name),
        })),
      ),
    fc
      .constantFrom('Host', 'Authorization', 'Content-Type', 'logto-verification-id', 'idempotency-key')
      .map((name) =>
        edit(`${name} twice`, (request) => ({
          ...request,
          headers: [...request.headers, ...request.headers.filter(([one]) => one === name)],
        })),
      ),
  );
}

function bodyMutations(): fc.Arbitrary<Mutation> {
  const onJson = (name: string, change: (json: object) => unknown) =>
    onBody(name, (body) => {
      const json = objectOf(body);
      return json ? Buffer.from(JSON.stringify(change(json))) : body;
    });
  const key = fc.constantFrom(
    'grant_ids',
    'client_id',
    'user_id',
    'status',
    'include_consent',
    'userScopes',
    'bogus',
  );
  const compressed = (bytes: Buffer) =>
    edit('gzip', (request) => {
      if (request.body.length === 0) return request;
      const packed = withBody(request, gzipSync(bytes.length > 0 ? bytes : request.body));
      return { ...packed, headers: [...packed.headers, ['Content-Encoding', 'gzip']] };
    });
  return fc.oneof(
    fc
      .tuple(key, oddJson)
      .map(([name, value]) =>
        onJson(`body ${name}: ${JSON.stringify(value).slice(0, 40)}`, (json) => ({ ...json, [name]: value })),
      ),
    fc.tuple(fc.nat(9), oddJson).map(([at, value]) =>
      onJson(`a value of the body: ${JSON.stringify(value).slice(0, 40)}`, (json) => {
        const names = Object.keys(json);
        return names.length === 0 ? value : { ...json, [names[at % names.length] ?? '']: value };
      }),
    ),
    oddJson.map((value) => onJson('another body', () => value)),
    fc.constantFrom(
      onJson('an empty object', () => ({})),
      onBody('no bytes', () => Buffer.alloc(0)),
      onBody('cut off', (body) => body.subarray(0, -1)),
      onBody('bytes that are no UTF-8', (body) =>
        Buffer.concat([body.subarray(0, -2), Buffer.from([0xff, 0x22, 0x7d])]),
      ),
      onBody('a comma too many', (body) => Buffer.from(`${body.toString().slice(0, -1)},}`)),
      onBody('a key of JavaScript', (body) =>
        Buffer.from(body.toString().replace('{', '{"__proto__":{"grant_ids":[]},')),
      ),
      onBody('nested deep', () => Buffer.from('['.repeat(50_000) + ']'.repeat(50_000))),
      onBody('a long unknown key', () => Buffer.from(JSON.stringify({ ['k'.repeat(90_000)]: 1 }))),
      onBody('too large', () => Buffer.from(JSON.stringify({ grant_ids: ['x'.repeat(12_000_000)] }))),
      compressed(Buffer.alloc(0)),
      compressed(Buffer.from('['.repeat(2_000_000) + ']'.repeat(2_000_000))),
    ),
  );
}

/** Any one mutation. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  queryMutations(),
  pathMutations(),
  headerMutations(),
  bodyMutations(),
);

/** The JSON object in a body; undefined if another mutation has turned it into something else. */
function objectOf(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
