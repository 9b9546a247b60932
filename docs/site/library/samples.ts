import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { type Example, type Operation, outcomesOf, type Parameter } from './documents.ts';
import { otherSamples, type SampleRequest } from './languages.ts';

/** The calls of the SDK, which `npm run generate` lists. */
const SDK_CALLS: { name: string; parameters: string[]; answers: boolean; operation: string }[] = JSON.parse(
  readFileSync(new URL('generated/sdk-calls.json', import.meta.url), 'utf8'),
);

/** How to call an operation; made from its document's examples, so that it is never stale. */
export interface Sample {
  /** What the request body shows; empty without a body. */
  title: string;
  /** Takes the token from the variable `TOKEN`. */
  curl: string;
  /** A complete module that uses `@grantkeeper/sdk`. */
  typescript: string;
  /** The same request in other languages. */
  others: { label: string; language: string; code: string }[];
}

/** The values that a sample sends, by place. */
interface Values {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  header: Record<string, unknown>;
  body: unknown;
}

const WIDTH = 80;

/** An operation's samples: one per example of its request body, or one if it has none. */
export function samplesOf(operation: Operation): Sample[] {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const bodies: (Example | undefined)[] = Object.values(content?.examples ?? {});
  return (bodies.length > 0 ? bodies : [undefined]).map((body) => {
    const values = valuesOf(operation, body?.value);
    return {
      title: body?.summary ?? '',
      curl: curlSample(requestOf(operation, values)),
      typescript: sdkSample(operation, values),
      others: otherSamples(requestOf(operation, values), hasAnswer(operation)),
    };
  });
}

function hasAnswer(operation: Operation): boolean {
  const [successes] = outcomesOf(operation);
  return successes.some(([, { content }]) => content !== undefined);
}

function valuesOf({ parameters }: Operation, body: unknown): Values {
  const chosen = (place: Parameter['in']) =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === place && (place === 'path' || isWorthShowing(one)))
        .map(({ name, example }) => [name, example]),
    );
  return { path: chosen('path'), query: chosen('query'), header: chosen('header'), body };
}

/**
 * Required parameters, and those with a default or a choice to show. Samples start at the beginning of a list. A key is
 * a new one each time, so that no sample has one.
 */
function isWorthShowing({ name, in: place, required, schema }: Parameter): boolean {
  if (place === 'header') return name !== 'idempotency-key';
  return required || (name !== 'offset' && (schema.default !== undefined || schema.enum !== undefined));
}

/** The request of a sample, without the token. */
function requestOf({ method, path, server }: Operation, values: Values): SampleRequest {
  const filled = path.replaceAll(/\{(.+?)\}/g, (_, name) => encodeURIComponent(String(values.path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values.query)) search.set(name, String(value));
  return {
    method,
    url: `${server}${filled}${search.size > 0 ? `?${search}` : ''}`,
    headers: Object.entries(values.header).map(([name, value]) => ({ name, value: String(value) })),
    body: values.body === undefined ? undefined : JSON.stringify(values.body),
  };
}

function curlSample({ method, url, headers, body }: SampleRequest): string {
  const lines = [
    `${method === 'GET' ? 'curl' : `curl -X ${method}`} ${quoted(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...headers.map(({ name, value }) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(body)}`]),
  ];
  return lines.join(' \\\n  ');
}

/** Quotes a text for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function sdkSample({ operationId, method, path, server }: Operation, values: Values): string {
  const wanted = Object.keys(PREVIEWS).find((key) => has(values.body, key)) ?? '';
  const call = SDK_CALLS.find(
    ({ name, operation }) => operation === `${method} ${path}` && name.endsWith(PREVIEWS[wanted] ?? ''),
  );
  if (!call) throw new Error(`the SDK has no call for ${operationId}`);
  const name = call.name.replace('(verificationId)', `(${literal(Object.values(values.header)[0])})`);
  const given = call.parameters
    .filter((parameter) => parameter !== 'options')
    .map((parameter) => argumentOf(parameter, values))
    .filter((value) => value !== undefined);
  const expression = `await ${name}(${given.map((value) => literal(value)).join(', ')});`;
  return [
    "import { createGrantkeeper } from '@grantkeeper/sdk';",
    '',
    `const grantkeeper = createGrantkeeper({ baseUrl: '${server}', token: 'YOUR_TOKEN' });`,
    '',
    ...(call.answers ? [`const answer = ${expression}`, 'console.log(answer);'] : [expression]),
  ].join('\n');
}

/** What a body asks for that the SDK has calls of their own for, and these calls. */
const PREVIEWS: Record<string, string> = { dry_run: '.previewRevocation', preview_token: '.revokePreviewed' };

function has(body: unknown, key: string): boolean {
  return typeof body === 'object' && body !== null && key in body;
}

/** The value for a parameter of a call: one value of the path or the body, the query, the body, or the rest of the path. */
function argumentOf(name: string, { path, query, body: given }: Values): unknown {
  // The call says it.
  const { dry_run: _, ...body } = Object(given);
  const plain = Object.entries({ ...path, ...body }).find(([key]) => camelCase(key) === name);
  if (plain) return plain[1];
  if (name === 'query') return Object.keys(query).length > 0 ? query : undefined;
  if (given !== undefined) return body;
  const [, ...rest] = Object.entries(path);
  return Object.fromEntries(rest);
}

function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** A value in TypeScript, on one line if it fits. */
function literal(value: unknown): string {
  return inspect(value, {
    depth: null,
    breakLength: WIDTH,
    maxArrayLength: null,
    maxStringLength: null,
    compact: 1,
  });
}
