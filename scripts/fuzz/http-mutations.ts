import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  mutations as documentMutations,
  edit,
  type Mutation,
  onBody,
  onTarget,
  withBody,
  withHeader,
} from '../../sdk/contract-tests/src/requests/mutations.ts';

/* What no document describes: how HTTP itself can be spoilt. */

// biome-ignore format: a table is easier to read in few lines
const ODD_HEADERS: [string, string][] = [
  ['Authorization', 'Bearer x'], ['X-HTTP-Method-Override', 'DELETE'], ['X-Request-Id', 'x'.repeat(500)],
  ['X-Request-Id', '"><script>'], ['X-Forwarded-For', '127.0.0.1, evil'], ['X-Forwarded-Host', 'evil.example'],
  ['Accept', 'text/html'], ['Accept-Encoding', 'gzip'], ['If-None-Match', '*'], ['If-Modified-Since', 'now'],
  ['Range', 'bytes=0-1'], ['Expect', '100-continue'], ['Expect', 'a miracle'], ['Upgrade', 'h2c'], ['TE', 'trailers'],
  ['Origin', 'https://evil.example'], ['Cookie', 'x'.repeat(20_000)], ['Content-Encoding', 'gzip'],
  ['Transfer-Encoding', 'chunked'], ['Content-Length', '5'], ['X-Filler', 'y'.repeat(300_000)],
];

// biome-ignore format: as above
const METHODS = [
  'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'get', 'FOO',
];

function targetMutations(): fc.Arbitrary<Mutation> {
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
      inPath('a space', (path) => `${path} `),
      onTarget('a fragment', (target) => `${target}#limit=1`),
      onTarget('absolute form', (target) => `http://127.0.0.1${target}`),
      onTarget('absolute form of another host', (target) => `https://evil.example:8443${target}`),
      edit('asterisk form', (request) => ({ ...request, method: 'OPTIONS', target: '*' })),
    ),
    fc
      .constantFrom(...METHODS)
      .map((method) => edit(`method ${method}`, (request) => ({ ...request, method }))),
  );
}

function headerMutations(): fc.Arbitrary<Mutation> {
  return fc.oneof(
    fc.constantFrom(...ODD_HEADERS).map(([name, value]) => withHeader(name, value)),
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

function bytesMutations(): fc.Arbitrary<Mutation> {
  const compressed = (bytes: Buffer) =>
    edit('gzip', (request) => {
      if (request.body.length === 0) return request;
      const packed = withBody(request, gzipSync(bytes.length > 0 ? bytes : request.body));
      return { ...packed, headers: [...packed.headers, ['Content-Encoding', 'gzip']] };
    });
  return fc.constantFrom(
    onBody('bytes that are no UTF-8', (body) =>
      Buffer.concat([body.subarray(0, -2), Buffer.from([0xff, 0x22, 0x7d])]),
    ),
    onBody('nested deep', () => Buffer.from('['.repeat(50_000) + ']'.repeat(50_000))),
    onBody('a long unknown key', () => Buffer.from(JSON.stringify({ ['k'.repeat(90_000)]: 1 }))),
    onBody('too large', () => Buffer.from(JSON.stringify({ grant_ids: ['x'.repeat(12_000_000)] }))),
    compressed(Buffer.alloc(0)),
    compressed(Buffer.from('['.repeat(2_000_000) + ']'.repeat(2_000_000))),
  );
}

/** Any one mutation, of what the documents describe or of HTTP. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 10, arbitrary: documentMutations },
  { weight: 4, arbitrary: targetMutations() },
  { weight: 5, arbitrary: headerMutations() },
  { weight: 1, arbitrary: bytesMutations() },
);
