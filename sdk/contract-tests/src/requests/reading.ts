import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { faultOf, faultOfText, type Operation } from '../documents.ts';
import type { RawRequest } from '../exchange.ts';

/**
 * What the documents say about a request, as far as that is beyond doubt:
 * - `allowed` and `forbidden` are for requests to one of their operations;
 * - `elsewhere`: no document has this path and method;
 * - `unclear`: they do not say, for example about a percent sign that encodes nothing.
 */
export type Verdict = 'allowed' | 'forbidden' | 'elsewhere' | 'unclear';

export interface Reading {
  verdict: Verdict;
  /** Why it is forbidden or unclear. */
  why: string;
  operation?: Operation;
  /** The methods that a document has at this path; undefined if none has the path, or that is unclear. */
  methods?: string[];
  /** The query's values by name, if each is sent once. */
  query: Map<string, string>;
  body?: unknown;
}

/** Reads a request by the documents alone, which are all it shares with the server. */
export function read(request: RawRequest, operations: Operation[]): Reading {
  const [, path = '', search] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?$/i.exec(request.target) ?? [];
  const none: Reading = { verdict: 'unclear', why: 'the target', query: new Map() };
  // A space ends the target: what follows is not a version of HTTP.
  if (!path.startsWith('/') || /\s/.test(request.target) || !METHOD.test(request.method)) return none;
  const framing = oddFraming(request);
  if (framing) return { ...none, why: framing };

  const found = find(operations, path);
  if (found === 'unclear') return none;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const operation = found.find((one) => one.method === method);
  const there = found.length > 0 ? { methods: found.map((one) => one.method) } : {};
  if (!operation) return { ...none, verdict: 'elsewhere', why: '', ...there };
  const query = new Map<string, string>();
  const notes = [
    ...pathNotes(operation, path),
    ...queryNotes(operation, search ?? '', query),
    ...headerNotes(operation, request),
    ...(request.method === 'POST' ? bodyNotes(operation, request) : []),
  ];
  const forbidden = notes.find(([verdict]) => verdict === 'forbidden');
  const [verdict, why] = notes.find(([one]) => one === 'unclear') ?? forbidden ?? (['allowed', ''] as const);
  const body = verdict === 'allowed' && request.body.length > 0 ? jsonOf(request) : undefined;
  return { verdict, why, operation, query, body, ...there };
}

type Note = readonly [verdict: 'forbidden' | 'unclear', why: string];

const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/;

/** Where a request begins and ends is up to HTTP, and so to Node; the documents start after that. */
function oddFraming({ headers, body, method }: RawRequest): string | undefined {
  const all = (name: string) =>
    headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  if (all('host').length !== 1) return 'the Host';
  if (all('content-length').some((length) => Number(length) !== body.length)) return 'the length';
  if (all('content-length').length === 0 && body.length > 0) return 'the length';
  if (all('transfer-encoding').length > 0 || all('expect').length > 0 || all('upgrade').length > 0)
    return 'the framing';
  if (all('content-type').length > 1 || all('logto-verification-id').length > 1) return 'a header twice';
  if (headers.some(([, value]) => value.length > 200_000)) return 'a long header';
  if (method !== 'POST' && body.length > 0) return 'a body where none belongs';
  return undefined;
}

/** The operations at a path. */
function find(operations: Operation[], path: string): Operation[] | 'unclear' {
  const segments = path.replace(/(?<=.)\/$/, '').split('/');
  const matching = operations.filter(({ template }) => {
    const wanted = template.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((part, index) =>
        part.startsWith('{') ? segments[index] !== '' : part === segments[index],
      )
    );
  });
  // A path of fixed words takes precedence over one with parameters, whatever the method.
  const exact = matching.filter(({ template }) => !template.includes('{') || /\{\w+\}\//.test(template));
  const isOdd = /\/\.{1,2}(\/|$)|%2e|%2f|\/\//i.test(path);
  const looksLikeOurs = operations.some(({ template }) =>
    path.toLowerCase().startsWith(template.split('/{')[0]?.toLowerCase() ?? ''),
  );
  if (isOdd && looksLikeOurs) return 'unclear';
  if (looksLikeOurs && matching.length === 0 && path !== path.toLowerCase()) return 'unclear';
  return exact.length > 0 ? exact : matching;
}

function pathNotes({ template, parameters = [] }: Operation, path: string): Note[] {
  const segments = path.split('/');
  return template.split('/').flatMap((part, index): Note[] => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    if (!parameter) return [];
    const value = decode(segments[index] ?? '');
    if (value === undefined) return [['forbidden', `${name} does not decode`]];
    const fault = faultOf(parameter.schema, value);
    return fault ? [['forbidden', `${name}${fault}`]] : [];
  });
}

function queryNotes({ parameters = [] }: Operation, search: string, values: Map<string, string>): Note[] {
  return search
    .split('&')
    .filter(Boolean)
    .flatMap((pair): Note[] => {
      const [rawName = '', ...rest] = pair.split('=');
      const [name, text] = [rawName, rest.join('=')].map((part) => decode(part.replaceAll('+', ' ')));
      if (name === undefined || text === undefined) {
        return /%(?![\da-f]{2})/i.test(pair)
          ? [['unclear', 'a lone percent sign']]
          : [['forbidden', 'not UTF-8']];
      }
      const parameter = parameters.find((one) => one.in === 'query' && one.name === name);
      if (!parameter) return [['forbidden', `${name} is no parameter`]];
      if (values.has(name)) return [['forbidden', `${name} is sent twice`]];
      values.set(name, text);
      const fault = faultOfText(parameter.schema, text);
      return fault ? [['forbidden', `${name}${fault}`]] : [];
    });
}

/** A header that is sent twice is one value with a comma and a space (RFC 9110, section 5.3). */
function headerNotes({ parameters = [] }: Operation, { headers }: RawRequest): Note[] {
  return parameters.flatMap((parameter): Note[] => {
    if (parameter.in !== 'header') return [];
    const sent = headers.filter(([name]) => name.toLowerCase() === parameter.name);
    if (sent.length === 0) return [];
    const fault = faultOf(parameter.schema, sent.map(([, value]) => value.trim()).join(', '));
    return fault ? [['forbidden', `${parameter.name}${fault}`]] : [];
  });
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function bodyNotes({ requestBody }: Operation, request: RawRequest): Note[] {
  if (!requestBody) return [];
  if (request.body.length === 0) return [['forbidden', 'no body']];
  const type = header(request, 'content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type)) return [['forbidden', 'the type']];
  const value = jsonOf(request);
  if (value === undefined) return [['forbidden', 'no JSON']];
  const text = textOf(request) ?? '';
  if (/\\ud[89a-f]|"__proto__"/i.test(text)) return [['unclear', 'an odd text']];
  if (text.length > 100_000) return [['unclear', 'a large body']];
  const fault = faultOf(requestBody.content['application/json'].schema, value);
  return fault ? [['forbidden', `the body${fault}`]] : [];
}

function jsonOf(request: RawRequest): unknown {
  try {
    return JSON.parse(textOf(request) ?? '');
  } catch {
    return undefined;
  }
}

function textOf(request: RawRequest): string | undefined {
  const decoders: Record<string, (bytes: Buffer) => Buffer> = {
    identity: (bytes) => bytes,
    gzip: gunzipSync,
    deflate: inflateSync,
    br: brotliDecompressSync,
  };
  const unpack = decoders[header(request, 'content-encoding') ?? 'identity'];
  try {
    return unpack && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unpack(request.body));
  } catch {
    return undefined;
  }
}

function header({ headers }: RawRequest, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}
