import { isDeepStrictEqual } from 'node:util';
import { faultOf, faultOfText, type Operation, type Schema } from '../documents.ts';
import { isObject, jsonOf, linesOf, type RawRequest, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';
import { invariantFaults } from './invariants.ts';

/** Statuses with which HTTP may reject a request before an operation is found; documents leave them to HTTP. */
export const BEFORE_THE_OPERATION = [400, 405, 408, 413, 414, 415, 417, 431, 501, 505];
/** An error need not be long, whatever was sent. */
const MAX_ERROR_LENGTH = 32_000;

/** What is wrong with an answer to an operation, by its document alone; empty if nothing is. */
export function documentFaults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
  return [...responseFaults(operation, request, response), ...invariantFaults(operation, request, response)];
}

function responseFaults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
  const { status, headers, body } = response;
  const documented = operation.responses[status];
  if (!documented) {
    return BEFORE_THE_OPERATION.includes(status) ? jsonFaults(response) : [`an undocumented ${status}`];
  }
  const found = Object.entries(documented.headers ?? {}).flatMap(([name, { required = false, schema }]) => {
    const text = headers.get(name.toLowerCase());
    if (text === undefined) return required ? [`a ${status} without ${name}`] : [];
    const fault = faultOfText(schema, text);
    return fault ? [`a ${status} whose ${name}${fault}`] : [];
  });
  if (request.method === 'HEAD') return found;
  const type = headers.get('content-type')?.split(';')[0]?.trim() ?? 'none';
  if (!documented.content) return body === '' ? found : [...found, `a ${status} with a body`];
  const { schema, 'x-lines-of': list } = documented.content[type] ?? {};
  if (!schema) return [...found, `a ${status} of type ${type}`];
  if (list !== undefined) return [...found, ...lineFaults(documented.content, list, body)];
  const value = jsonOf(body);
  const fault = faultOf(schema, value);
  if (fault) {
    const shape = status >= 400 ? "in another shape than the document's" : 'that its document does not allow';
    return [...found, `a ${status} ${shape}: ${fault}`];
  }
  return [...found, ...extraFields(operation, status, schema, value)];
}

/** Lines, each of which is as in a list of the JSON answer. */
function lineFaults(content: Record<string, { schema: Schema }>, list: string, body: string): string[] {
  const schema = content['application/json']?.schema.properties?.[list]?.items ?? {};
  const faults = linesOf(body).map((line) => faultOf(schema, line));
  const first = faults.find((fault) => fault !== undefined);
  return first === undefined ? [] : [`a line that its document does not allow: ${first}`];
}

/** What is wrong with an answer to a request, by what the documents say about that request. */
export function verdictFaults({ verdict, why, methods }: Reading, response: RawResponse): string[] {
  const { status, body } = response;
  const found: string[] = [];
  if (status >= 500) found.push(`a ${status}`);
  if (status >= 400 && body.length > MAX_ERROR_LENGTH) found.push(`a ${status} of ${body.length} characters`);
  if (verdict === 'forbidden' && status < 400) found.push(`a ${status} for what is forbidden: ${why}`);
  if (methods !== undefined) found.push(...methodFaults(methods, response, verdict === 'elsewhere'));
  return found;
}

/**
 * A method that a path does not have is a 405 that names those it has.
 *
 * @param isLacking whether the request's is such a method
 */
function methodFaults(methods: string[], { status, headers }: RawResponse, isLacking: boolean): string[] {
  if (status !== 405) {
    // What else is wrong with such a request may be said first, such as a token without any permission.
    return isLacking && (status < 400 || status === 404)
      ? [`a ${status} for a method that its path does not have`]
      : [];
  }
  if (!isLacking) return ['a 405 for a method that its path has'];
  const allowed = headers.get('allow')?.split(/\s*,\s*/) ?? [];
  return isDeepStrictEqual(allowed.toSorted(), methods.toSorted())
    ? []
    : [`a 405 whose Allow is not ${methods.join(', ')}`];
}

/** Whether a status says that the request does not fit its document. */
export function saysInvalid(status: number): boolean {
  return [400, 405, 413, 415].includes(status);
}

function jsonFaults({ status, body }: RawResponse): string[] {
  if (body === '') return [];
  return jsonOf(body) === undefined ? [`a ${status} that is no JSON`] : [];
}

/** OAuth Grants: its answers "have the published fields and no others", besides those that it names. */
function extraFields(operation: Operation, status: number, schema: Schema, value: unknown): string[] {
  if (operation.document !== 'oauth-grants' || status >= 400) return [];
  const extra = unnamed(schema, value, '');
  return extra.length === 0 ? [] : [`a ${status} with a field that its document does not name: ${extra[0]}`];
}

/** Pointers to the fields of a value that its schema does not name. */
function unnamed(schema: Schema, value: unknown, at: string): string[] {
  if (schema.oneOf) {
    const one = schema.oneOf.find((alternative) => faultOf(alternative, value) === undefined);
    return one ? unnamed(one, value, at) : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unnamed(schema.items ?? {}, item, `${at}/${index}`));
  }
  if (!schema.properties || !isObject(value)) return [];
  const { properties } = schema;
  return Object.entries(value).flatMap(([name, field]) => {
    const known = properties[name];
    return known ? unnamed(known, field, `${at}/${name}`) : [`${at}/${name}`];
  });
}
