import { documented } from '../generated/documented.gen.ts';
import type { ProblemField } from '../generated/types.gen.ts';
import type { OperationId } from './documents.ts';
import type { Parameter } from './operation.ts';

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
    const values = { query: query.getAll(name), path: [path[name]], header: [headers.get(name)] }[place];
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

function parsed({ type }: Parameter, text: string): boolean | number | string {
  if (type === 'boolean') return text === 'true';
  return type === 'integer' ? Number(text) : text;
}

/** Why a text is not a value of a parameter; undefined if it is one. */
function faultOf(parameter: Parameter, text: string): string | undefined {
  const { type, format, enum: allowed, minimum = -Infinity, maximum = Infinity, pattern } = parameter;
  if (text === '') return 'must not be empty';
  if (type === 'boolean') return /^(true|false)$/.test(text) ? undefined : 'must be boolean';
  if (type === 'integer') {
    if (!/^-?\d+$/.test(text)) return 'must be a whole number in decimal digits';
    if (Number(text) < minimum) return `must be >= ${minimum}`;
    return Number(text) > maximum ? `must be <= ${maximum}` : undefined;
  }
  if (allowed && !allowed.includes(text))
    return `must be equal to one of the allowed values: ${allowed.join(', ')}`;
  if (text.length > (parameter.maxLength ?? Infinity))
    return `must NOT have more than ${parameter.maxLength} characters`;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return `must match pattern "${pattern}"`;
  return format === 'date-time' ? momentFault(text) : undefined;
}

/** Why a text is not a moment; undefined if it is one. */
export function momentFault(text: string): string | undefined {
  const [, day] = DATE_TIME.exec(text) ?? [];
  if (day === undefined) return NO_DATE_TIME;
  // `Date` takes the 30th of February for the 2nd of March.
  const isInCalendar = !Number.isNaN(Date.parse(text)) && new Date(day).toISOString().startsWith(day);
  return isInCalendar ? undefined : 'is not a moment in the calendar';
}

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

const NO_DATE_TIME =
  'must be a date and time such as 2026-05-01T00:00:00Z or 2026-05-01T02:00:00+02:00; in an address, + is written %2B';
