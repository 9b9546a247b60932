import type { Operation } from '../contracts.ts';
import type { CodeSample } from '../openapi.ts';
import { type SampleArguments, SERVER, sampleArguments } from './arguments.ts';

/** A call of the SDK, as `sdk/api.md` lists it. */
export interface Call {
  /** Such as `grantkeeper.grants.list`. */
  name: string;
  parameters: string[];
  answers: boolean;
}

const CALL = /^- `(grantkeeper(?:\.\w+(?:\(\w+\))?)+?)\(([^`]*)\): ([^`]+)` `([A-Z]+ [^`]+)`$/gm;
const WIDTH = 80;

/**
 * Reads which call of the SDK makes which operation.
 *
 * @param reference the content of `sdk/api.md`, which is generated from the SDK's sources
 * @returns method and path of an operation to the first call that is listed for it
 */
export function readCalls(reference: string): Map<string, Call> {
  const calls = new Map<string, Call>();
  for (const [, name = '', signature = '', type = '', operation = ''] of reference.matchAll(CALL)) {
    const parameters = [...signature.matchAll(/(?:^|, )(\w+)\??: /g)].map(([, parameter = '']) => parameter);
    if (!calls.has(operation)) calls.set(operation, { name, parameters, answers: type !== 'Promise<void>' });
  }
  return calls;
}

/** How to call an operation with the SDK: a whole module. */
export function sdkSample(operation: Operation, calls: Map<string, Call>): CodeSample {
  const call = calls.get(`${operation.method} ${operation.path}`);
  if (!call) throw new Error(`the SDK has no call for ${operation.id}`);
  const values = sampleArguments(operation);
  const verified = call.name.replace('(verificationId)', `(${literal(Object.values(values.header)[0])})`);
  const given = call.parameters
    .filter((parameter) => parameter !== 'options')
    .map((parameter) => argument(parameter, values))
    .filter((value) => value !== undefined);
  const expression = `await ${verified}(${given.map((value) => literal(value)).join(', ')});`;
  const lines = [
    "import { createGrantkeeper } from '@grantkeeper/sdk';",
    '',
    `const grantkeeper = createGrantkeeper({ baseUrl: '${SERVER}', token: 'YOUR_TOKEN' });`,
    '',
    ...(call.answers ? [`const answer = ${expression}`, 'console.log(answer);'] : [expression]),
  ];
  return { lang: 'TypeScript', label: 'SDK', source: lines.join('\n') };
}

/** What a parameter of a call is: one value of the path, the query, what is left of the path, or the body. */
function argument(name: string, { path, query, body }: SampleArguments): unknown {
  const plain = Object.entries(path).find(([key]) => camelCase(key) === name);
  if (plain) return plain[1];
  if (name === 'query') return Object.keys(query).length > 0 ? query : undefined;
  if (body !== undefined) return body;
  const [, ...rest] = Object.entries(path);
  return Object.fromEntries(rest);
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
}

/** A value as TypeScript writes it, on one line where it fits. */
function literal(value: unknown, indent = ''): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => literal(one, deeper))
    : Object.entries(value).map(([key, one]) => `${key}: ${literal(one, deeper)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const space = open === '{' ? ' ' : '';
  const line = `${open}${space}${parts.join(', ')}${space}${close}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${deeper}${part},`).join('\n')}\n${indent}${close}`;
}
