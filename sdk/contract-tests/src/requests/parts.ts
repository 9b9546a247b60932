import fc from 'fast-check';
import { fits, type Operation, type Schema } from '../documents.ts';
import type { RawRequest } from '../exchange.ts';

/** A request in parts, without a credential. */
export interface Parts {
  method: string;
  /** The path's, already encoded. */
  segments: string[];
  /** Already encoded. */
  query: [name: string, value: string][];
  headers: [name: string, value: string][];
  /** Sent as JSON; undefined for no body. */
  body: unknown;
}

/** What requests are made of, beyond what their document says. */
export interface Ingredients {
  /**
   * Values that mean something to the server, by the name of a parameter or of a field of a body, or of one operation's:
   * `listOAuthGrants.cursor`.
   */
  values: Record<string, fc.Arbitrary<string>>;
  /** Bodies, by operation, in place of any that the document allows. */
  bodies: Record<string, fc.Arbitrary<unknown>>;
}

/** What a server takes only as it has given it: nothing can be made up in its place. */
const GIVEN = ['cursor', 'grant_id'];
/** The longest text that is made up, and the highest number. */
const MAX_LENGTH = 30;
const MAX_NUMBER = 1_000;
const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: MAX_LENGTH });
/** What a header can hold, without the spaces around it that a server takes away. */
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,28}[!-~])?$/);
const moments = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** New keys, and a few that requests share. */
const keys = fc.oneof(
  { weight: 5, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: fc.constantFrom('key-1', 'key-2', '"key-3"') },
);

/** Requests to an operation that its document allows, whoever sends them. */
export function partsOf(operation: Operation, ingredients: Ingredients): fc.Arbitrary<Parts> {
  const schema = operation.requestBody?.content['application/json'].schema;
  const made = schema && anyOf(schema, ingredients).filter((body) => fits(schema, body));
  return fc.record({
    method: fc.constant(operation.method),
    segments: segmentsOf(operation, ingredients),
    query: queryOf(operation, ingredients),
    headers: headersOf(operation, ingredients),
    body: ingredients.bodies[operation.operationId] ?? made ?? fc.constant(undefined),
  });
}

/**
 * Writes a request.
 *
 * @param first the headers that come before its own, `Host` among them
 */
export function toRequest(
  { method, segments, query, headers, body }: Parts,
  first: [name: string, value: string][],
): RawRequest {
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  const ofBody: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(bytes.length)],
  ];
  return {
    method,
    target: segments.join('/') + (search && `?${search}`),
    headers: [...first, ...headers, ...(body === undefined ? [] : ofBody)],
    body: bytes,
  };
}

function segmentsOf(
  { template, parameters = [] }: Operation,
  ingredients: Ingredients,
): fc.Arbitrary<string[]> {
  const parts = template.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    return parameter
      ? textOf(parameter.name, parameter.schema, ingredients).map(encoded)
      : fc.constant(segment);
  });
  return fc.tuple(...parts);
}

function queryOf(
  { operationId, parameters = [] }: Operation,
  ingredients: Ingredients,
): fc.Arbitrary<[string, string][]> {
  const values = parameters.flatMap(({ in: place, name, schema }) => {
    const own = ingredients.values[`${operationId}.${name}`];
    const isUnknown = GIVEN.includes(name) && !own && !ingredients.values[name];
    if (place !== 'query' || isUnknown) return [];
    const value = own ?? textOf(name, schema, ingredients);
    return [half(value.map((text): [string, string] => [name, encoded(text)]))];
  });
  return fc
    .tuple(...values)
    .map((pairs) => pairs.filter((pair) => pair !== null))
    .map((pairs) =>
      pairs.some(([name]) => name === 'cursor') ? pairs.filter(([name]) => name !== 'offset') : pairs,
    );
}

function headersOf(
  { parameters = [] }: Operation,
  ingredients: Ingredients,
): fc.Arbitrary<[string, string][]> {
  const values = parameters
    .filter((one) => one.in === 'header')
    .map(({ name, schema }) => {
      const value = name === 'idempotency-key' ? keys : textOf(name, schema, ingredients, headerText);
      const isOptional = name === 'idempotency-key';
      const pair = value.map((text): [string, string] => [name, text]);
      return isOptional ? half(pair) : pair;
    });
  return fc.tuple(...values).map((pairs) => pairs.filter((pair) => pair !== null));
}

/** A value as it is in an address. Half of a surrogate pair, which a faulty server may answer with, is replaced. */
export function encoded(value: string | number | boolean): string {
  return encodeURIComponent(Buffer.from(String(value)).toString());
}

/** A value in half of all cases, else null. */
function half<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.option(value, { freq: 2 });
}

/**
 * Texts of a parameter.
 *
 * @param other what is made up where the schema says nothing of it
 */
function textOf(
  name: string,
  schema: Schema,
  { values }: Ingredients,
  other = anyText,
): fc.Arbitrary<string> {
  if (schema.enum) return fc.constantFrom(...schema.enum.map(String));
  if (schema.type === 'integer') return wholeNumber(schema).map(String);
  if (schema.type === 'boolean') return fc.boolean().map(String);
  return values[name] ?? text(schema, other);
}

function wholeNumber({ minimum = 0, maximum = MAX_NUMBER }: Schema): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: Math.min(maximum, MAX_NUMBER) });
}

function text({ pattern, format, minLength = 0 }: Schema, other = anyText): fc.Arbitrary<string> {
  if (format === 'date-time') return moments;
  return pattern === undefined
    ? other
    : fc
        .stringMatching(new RegExp(pattern, 'u'), { size: 'small' })
        .filter(({ length }) => length >= minLength);
}

/** JSON that a schema allows, but for rules such as `not`, by the name of the field that it is in. */
function anyOf(schema: Schema, ingredients: Ingredients, name = ''): fc.Arbitrary<unknown> {
  const { oneOf, properties, items, required = [] } = schema;
  if (oneOf) return fc.oneof(...oneOf.map((one) => anyOf(one, ingredients, name)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object': {
      const fields = Object.entries(properties ?? {}).map(([key, one]) => [
        key,
        anyOf(one, ingredients, key),
      ]);
      const requiredKeys: string[] = required;
      return fc.record<Record<string, unknown>, string>(Object.fromEntries(fields), { requiredKeys });
    }
    case 'array': {
      // A list of grant_ids has values of grant_id.
      const item = anyOf(items ?? {}, ingredients, name.replace(/s$/, ''));
      return fc.array(item, {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    }
    case 'integer':
      return wholeNumber(schema);
    case 'boolean':
      return fc.boolean();
    default:
      return ingredients.values[name] ?? text(schema);
  }
}
