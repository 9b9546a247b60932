import { momentFault } from './moment.ts';
import type { Schema } from './operation.ts';

/** What is wrong with a value. */
export interface Fault {
  /** Where it is, as a JSON pointer. */
  field: string;
  detail: string;
}

/** All that is wrong with a value by its schema, in the words of the server. */
export function faultsOf(schema: Schema, value: unknown, field = ''): Fault[] {
  if (schema.oneOf) return faultsOf(meantBy(value, schema.oneOf), value, field);
  const detail = detailOf(schema, value);
  const own = detail === undefined ? [] : [{ field, detail }];
  const { type, items = {} } = schema;
  if (type === 'array' && Array.isArray(value)) {
    return [...own, ...value.flatMap((item, index) => faultsOf(items, item, `${field}/${index}`))];
  }
  return type === 'object' && isObject(value) ? faultsOfObject(schema, value, field) : own;
}

/** An object with the defaults of its schema where it says nothing; anything else as it is. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (!isObject(value)) return value;
  const { properties = {} } = schema.oneOf ? meantBy(value, schema.oneOf) : schema;
  const missing = Object.entries(properties).filter(
    ([name, one]) => one.default !== undefined && !Object.hasOwn(value, name),
  );
  return { ...value, ...Object.fromEntries(missing.map(([name, one]) => [name, one.default])) };
}

/** Whether a text has no half of a surrogate pair, which no database keeps. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** An object of which nothing else is known yet. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The alternative whose required properties are there, and else the last: that is what the sender meant. */
function meantBy(value: unknown, alternatives: readonly Schema[]): Schema {
  const isMeant = ({ required = [] }: Schema) =>
    isObject(value) && required.every((name) => Object.hasOwn(value, name));
  return alternatives.find((one, index) => isMeant(one) || index === alternatives.length - 1) ?? {};
}

function faultsOfObject(schema: Schema, value: Record<string, unknown>, field: string): Fault[] {
  const { properties = {}, required = [], additionalProperties, not } = schema;
  const at = (name: string, detail: string) => ({ field: `${field}/${name}`, detail });
  const has = (name: string) => Object.hasOwn(value, name);
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(properties, name));
  const choice = Object.keys(not?.properties ?? {});
  return [
    ...required.filter((name) => !has(name)).map((name) => at(name, 'is required')),
    ...(additionalProperties === false ? unknown : []).map((name) =>
      at(name, 'is not a key that may be sent here'),
    ),
    ...Object.entries(properties).flatMap(([name, one]) =>
      has(name) ? faultsOf(one, value[name], `${field}/${name}`) : [],
    ),
    ...(choice.length > 0 && !choice.some(has)
      ? [{ field, detail: `must have at least one of ${choice.join(', ')}` }]
      : []),
  ];
}

/** Why a value is not one of a schema, whatever is in it; undefined if it may be. */
function detailOf(schema: Schema, value: unknown): string | undefined {
  const { type, enum: allowed } = schema;
  if (type !== undefined && !IS_OF[type](value)) return `must be ${type}`;
  if (allowed && !allowed.some((one) => one === value)) {
    return `must be equal to one of the allowed values: ${allowed.join(', ')}`;
  }
  if (typeof value === 'string') return detailOfText(schema, value);
  if (typeof value === 'number') return detailOfNumber(schema, value);
  return Array.isArray(value) ? detailOfList(schema, value) : undefined;
}

const IS_OF: Record<NonNullable<Schema['type']>, (value: unknown) => boolean> = {
  array: Array.isArray,
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  object: isObject,
  string: (value) => typeof value === 'string',
};

function detailOfText(schema: Schema, text: string): string | undefined {
  const { minLength = 0, maxLength = Infinity, pattern, format } = schema;
  const length = [...text].length;
  if (length < minLength) return `must NOT have fewer than ${minLength} characters`;
  if (length > maxLength) return `must NOT have more than ${maxLength} characters`;
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return `must match pattern "${pattern}"`;
  return format === 'date-time' ? momentFault(text) : undefined;
}

function detailOfNumber({ minimum = -Infinity, maximum = Infinity }: Schema, value: number) {
  if (value < minimum) return `must be >= ${minimum}`;
  return value > maximum ? `must be <= ${maximum}` : undefined;
}

function detailOfList({ minItems = 0, maxItems = Infinity }: Schema, { length }: unknown[]) {
  if (length < minItems) return `must NOT have fewer than ${minItems} items`;
  return length > maxItems ? `must NOT have more than ${maxItems} items` : undefined;
}
