import fc from 'fast-check';
import { isObject, jsonOf, type RawRequest } from '../exchange.ts';

/** Spoils a request, or at least changes how it is written. */
export interface Mutation {
  name: string;
  apply(request: RawRequest): RawRequest;
}

/** Invalid as a string, number or id. All of them can be part of a request target. */
// biome-ignore format: a table is easier to read in few lines
export const ODD_TEXTS = [
  '', '%20', '0x10', '1e2', '1e999', 'Infinity', 'NaN', '-1', '-0', '+1', '%2B1', '1.0', '01', '1_000', '%D9%A1',
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

/** Values of the headers that the documents name. */
// biome-ignore format: as above
const ODD_HEADERS: [string, string][] = [
  ['logto-verification-id', 'x'.repeat(400)], ['logto-verification-id', '{"$gt":""}'], ['Idempotency-Key', ''],
  ['Idempotency-Key', 'a b'], ['Idempotency-Key', '"'], ['Idempotency-Key', 'x'.repeat(256)],
  ['Idempotency-Key', '{"$gt":""}'], ['Idempotency-Key', '\xe9'], ['Idempotency-Key', 'key-1'],
  ['Content-Type', 'text/plain'],
];

/** A mutation by its name and what it does. */
export const edit = (name: string, apply: Mutation['apply']): Mutation => ({ name, apply });

/** A mutation of the request target. */
export const onTarget = (name: string, change: (target: string) => string): Mutation =>
  edit(name, (request) => ({ ...request, target: change(request.target) }));

/** A mutation of a body, which leaves requests without one as they are. */
export const onBody = (name: string, change: (body: Buffer) => Buffer): Mutation =>
  edit(name, (request) => (request.body.length === 0 ? request : withBody(request, change(request.body))));

/** Replaces a header, or adds it. */
export const withHeader = (name: string, value: string): Mutation =>
  edit(`${name}: ${value.slice(0, 30)}`, (request) => ({
    ...request,
    headers: [...request.headers.filter(([one]) => one !== name), [name, value]],
  }));

/** Replaces the body, with its correct length. */
export function withBody(request: RawRequest, body: Buffer): RawRequest {
  const headers = request.headers.filter(([name]) => name !== 'Content-Length');
  return { ...request, body, headers: [...headers, ['Content-Length', String(body.length)]] };
}

/** Repeats one parameter of a query, or adds one twice. */
function twice(target: string, at: number): string {
  const pairs = target.split('?').slice(1).join('?').split('&').filter(Boolean);
  return addToQuery(target, pairs[at % pairs.length] ?? 'limit=1&limit=1');
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
    fc.nat(9).map((at) => onTarget('a pair of the query twice', (target) => twice(target, at))),
    fc.constantFrom(
      onTarget('a query in front', (target) => target.replace(/\?|$/, '?resource=a?b&')),
      onTarget('an empty query', (target) => addToQuery(target, '')),
      onTarget('empty pairs', (target) => addToQuery(target, '&&')),
      onTarget('a name alone', (target) => addToQuery(target, 'limit')),
    ),
  );
}

const onPath = (name: string, change: (path: string) => string) =>
  onTarget(name, (target) => target.replace(/^[^?]*/, change));

/** Replaces the last segment of the path, often an id. */
const pathMutations = fc
  .constantFrom(...ODD_TEXTS)
  .map((text) =>
    onPath(`the last segment: ${text.slice(0, 40)}`, (path) =>
      path.replace(/[^/]*$/, text.replaceAll('?', '%3F')),
    ),
  );

/** Mostly a method that the path does not have. */
const methodMutations = fc
  .constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
  .map((method) =>
    edit(`the method ${method}`, (request) => ({ ...withBody(request, Buffer.alloc(0)), method })),
  );

const headerMutations = fc.constantFrom(...ODD_HEADERS).map(([name, value]) => withHeader(name, value));

function bodyMutations(): fc.Arbitrary<Mutation> {
  const onJson = (name: string, change: (json: object) => unknown) =>
    onBody(name, (body) => {
      const json = jsonOf(body.toString());
      // Another mutation may have turned it into something else.
      return isObject(json) ? Buffer.from(JSON.stringify(change(json))) : body;
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
      onBody('a comma too many', (body) => Buffer.from(`${body.toString().slice(0, -1)},}`)),
      onBody('a key of JavaScript', (body) =>
        Buffer.from(body.toString().replace('{', '{"__proto__":{"grant_ids":[]},')),
      ),
    ),
  );
}

/** Any one mutation of what the documents describe: ids, parameters, headers, methods, bodies. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: queryMutations() },
  { weight: 1, arbitrary: pathMutations },
  { weight: 1, arbitrary: headerMutations },
  { weight: 1, arbitrary: methodMutations },
  { weight: 3, arbitrary: bodyMutations() },
);
