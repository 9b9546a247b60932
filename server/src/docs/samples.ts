import { type Example, type Operation, outcomesOf, type Parameter } from './documents.ts';

/** How to call an operation; made from the examples of its document, so that it is never stale. */
export interface Sample {
  /** What the request's body shows; empty where there is none. */
  title: string;
  curl: string;
  /** With `@grantkeeper/sdk`. */
  typescript: string;
}

/** The samples of an operation: one for each example of its request body, else one. */
export function samplesOf(operation: Operation): Sample[] {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const bodies = Object.values(content?.examples ?? {});
  if (bodies.length === 0) return [sampleOf(operation, undefined)];
  return bodies.map((body) => sampleOf(operation, body));
}

function sampleOf(operation: Operation, body: Example | undefined): Sample {
  return {
    title: body?.summary ?? '',
    curl: curlSample(operation, body?.value),
    typescript: sdkSample(operation, body?.value),
  };
}

/** What has to be sent. A header counts: the one there is must be there, its document says. */
function needed(operation: Operation, place: Parameter['in']): Parameter[] {
  return operation.parameters.filter((one) => one.in === place && (one.required || place === 'header'));
}

function curlSample(operation: Operation, body: unknown): string {
  const path = operation.path.replaceAll(/\{(.+?)\}/g, (_, name) =>
    encodeURIComponent(String(operation.parameters.find((one) => one.name === name)?.example)),
  );
  const query = new URLSearchParams();
  for (const { name, example } of needed(operation, 'query')) query.set(name, String(example));
  const address = `${operation.server}${path}${query.size > 0 ? `?${query}` : ''}`;
  const headers = needed(operation, 'header').map((one) => `-H ${quoted(`${one.name}: ${one.example}`)}`);
  return [
    `curl ${operation.method === 'GET' ? '' : `-X ${operation.method} `}${quoted(address)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...headers,
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`]),
  ].join(' \\\n  ');
}

/** As a word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function sdkSample(operation: Operation, body: unknown): string {
  const { operationId, server } = operation;
  const named = (place: Parameter['in']) =>
    Object.fromEntries(needed(operation, place).map((one) => [one.name, one.example]));
  const input = {
    path: named('path'),
    query: named('query'),
    headers: named('header'),
    ...(body === undefined ? {} : { body }),
  };
  const lines = Object.entries(input)
    .filter(([, value]) => Object.keys(Object(value)).length > 0)
    .map(([key, value]) => `  ${key}: ${literal(value, '  ')},\n`);
  const call =
    lines.length > 0 ? `${operationId}({\n  client,\n${lines.join('')}})` : `${operationId}({ client })`;
  return `import { createClient, ${operationId} } from '@grantkeeper/sdk';

const client = createClient({ baseUrl: '${server}', token: process.env.TOKEN ?? '' });
${answersWithBody(operation) ? `const { data } = await ${call};\nconsole.log(data);` : `await ${call};`}
`;
}

function answersWithBody(operation: Operation): boolean {
  const [answers] = outcomesOf(operation);
  return answers.some(([, { content }]) => content !== undefined);
}

/** A value as it is written in TypeScript. */
function literal(value: unknown, indent: string): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = Object.entries(value).map(([key, item]) => {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`;
    return `${inner}${isList ? '' : `${name}: `}${literal(item, inner)},\n`;
  });
  const [open, close] = isList ? '[]' : '{}';
  return parts.length > 0 ? `${open}\n${parts.join('')}${indent}${close}` : `${open}${close}`;
}
