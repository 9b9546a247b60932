import { faultOf, faultOfText, type Operation, type Schema } from '../documents.ts';
import { isObject, jsonOf, type RawRequest, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';

/** Statuses with which HTTP may reject a request before an operation is found; documents leave them to HTTP. */
export const BEFORE_THE_OPERATION = [400, 405, 408, 413, 414, 415, 417, 431, 501, 505];
/** An error need not be long, whatever was sent. */
const MAX_ERROR_LENGTH = 32_000;

/** What is wrong with an answer to an operation, by its document alone; empty if nothing is. */
export function documentFaults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
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
  const schema = documented.content[type]?.schema;
  if (!schema) return [...found, `a ${status} of type ${type}`];
  const value = jsonOf(body);
  const fault = faultOf(schema, value);
  if (fault) {
    const shape = status >= 400 ? "in another shape than the document's" : 'that its document does not allow';
    return [...found, `a ${status} ${shape}: ${fault}`];
  }
  return [...found, ...extraFields(operation, status, schema, value)];
}

/** What is wrong with an answer to a request, by what the documents say about that request. */
export function verdictFaults({ verdict, why }: Reading, { status, body }: RawResponse): string[] {
  const found: string[] = [];
  if (status >= 500) found.push(`a ${status}`);
  if (status >= 400 && body.length > MAX_ERROR_LENGTH) found.push(`a ${status} of ${body.length} characters`);
  if (verdict === 'forbidden' && status < 400) found.push(`a ${status} for what is forbidden: ${why}`);
  return found;
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
