import { documented } from '../generated/documented.gen.ts';
import type { ProblemField } from '../generated/types.gen.ts';
import type { OperationId } from './documents.ts';
import type { Parameter } from './operation.ts';
import { faultsOf } from './schema.ts';

/** What a request says, read as its document says. */
export interface Read {
  path: Record<string, unknown>;
  /** With the defaults of the document. */
  query: Record<string, unknown>;
  /** The parameters that are wrong, or that the document does not have. */
  faults: ProblemField[];
}

/**
 * Reads the parameters of a request and checks them against the document.
 *
 * @param path the values in the address, decoded
 */
export function readParameters(
  id: OperationId,
  query: URLSearchParams,
  path: Record<string, string | undefined>,
  headers: Headers,
): Read {
  const { parameters } = documented[id];
  const read: Read = { path: {}, query: {}, faults: [] };
  for (const name of new Set(query.keys())) {
    const isKnown = parameters.some((one) => one.in === 'query' && one.name === name);
    if (!isKnown)
      read.faults.push({ in: 'query', field: name, detail: 'is not a parameter of this operation' });
  }
  for (const parameter of parameters) {
    const { name, in: place } = parameter;
    // Of a header that was sent twice, the second time empty, there is a space at the end that no server gets to see.
    const header = [headers.get(name)?.trim()];
    const values = { query: query.getAll(name), path: [path[name]], header }[place];
    const texts = values.filter((text) => typeof text === 'string');
    const [text] = texts;
    const detail =
      texts.length > 1 ? 'must be sent once' : text === undefined ? undefined : faultOf(parameter, text);
    if (detail !== undefined) read.faults.push({ in: place, field: name, detail });
    const value = text === undefined ? parameter.default : parsed(parameter, text);
    if (value !== undefined && place !== 'header') read[place][name] = value;
  }
  return read;
}

/** Why a text is not a value of a parameter; undefined if it is one. */
function faultOf(parameter: Parameter, text: string): string | undefined {
  if (text === '' && parameter.in === 'query') return 'must not be empty';
  if (parameter.type === 'integer') {
    if (!/^-?\d+$/.test(text) || /^-0+$/.test(text)) return 'must be a whole number in decimal digits';
    if (!Number.isSafeInteger(Number(text))) {
      return `must be between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`;
    }
  }
  return faultsOf(parameter, parsed(parameter, text))[0]?.detail;
}

/** What a text stands for; the text itself where it stands for nothing. */
function parsed({ type }: Parameter, text: string): boolean | number | string {
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return type === 'integer' ? Number(text) : text;
}

/** Far more than any operation has. */
const MAX_PARAMETERS = 100;

/** Why a query cannot be read at all, whatever its operation; undefined if it can be. */
export function queryFault(search: string): ProblemField | undefined {
  const query = search.slice(1);
  if (query.split('&').length > MAX_PARAMETERS) {
    return { in: 'query', field: '', detail: `must not have more than ${MAX_PARAMETERS} parameters` };
  }
  if (decoded(query.replaceAll(/%(?![\da-f]{2})/gi, '')) !== undefined) return undefined;
  return { in: 'query', field: '', detail: 'is not valid UTF-8 behind its percent signs' };
}

/** A text without its percent signs; undefined if it is not UTF-8 behind them. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
