import { isDeepStrictEqual } from 'node:util';
import { type JsonValue, query } from 'jsonpath-rfc9535';
import { isObject } from '../exchange.ts';
import type { Criterion } from './arazzo.ts';

/** What runtime expressions can refer to. */
export interface Surroundings {
  inputs: Record<string, string>;
  /** The outputs of the steps before, by step. */
  steps: Record<string, Record<string, unknown>>;
  response?: { status: number; headers: Map<string, string>; body: unknown };
}

/**
 * Puts the values of runtime expressions into a value, however deep they are in it.
 *
 * @throws if an expression is of a kind that our workflows do not use
 */
export function resolved(value: unknown, around: Surroundings): unknown {
  if (typeof value === 'string') {
    if (value.startsWith('$')) return evaluated(value, around);
    return value.replace(/\{(\$[^}]+)\}/g, (_, expression: string) => String(evaluated(expression, around)));
  }
  if (Array.isArray(value)) return value.map((item) => resolved(item, around));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, resolved(field, around)]));
}

/** Whether a success criterion holds. Conditions of type simple compare two values. */
export function holds({ condition, context, type = 'simple' }: Criterion, around: Surroundings): boolean {
  if (type === 'simple') return comparison(condition, around);
  if (context === undefined) throw new Error(`a criterion of type ${type} without a context: ${condition}`);
  const value = evaluated(context, around);
  if (type === 'regex') return new RegExp(condition, 'u').test(String(value));
  // A filter looks at the members of what it is given, so the value itself is put into a list.
  return isJson(value) && query([value], condition).length > 0;
}

/** Bodies come from `JSON.parse`, so that only one that was no JSON is undefined. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined;
}

function comparison(condition: string, around: Surroundings): boolean {
  const [, left = '', operator = '', right = ''] = /^(\S+) (==|!=|<=|>=|<|>) (.+)$/.exec(condition) ?? [];
  if (operator === '') throw new Error(`a condition that is no comparison: ${condition}`);
  const one = operand(left, around);
  const other = operand(right, around);
  if (operator === '==') return isDeepStrictEqual(one, other);
  if (operator === '!=') return !isDeepStrictEqual(one, other);
  if (typeof one !== 'number' || typeof other !== 'number') return false;
  if (operator === '<') return one < other;
  if (operator === '>') return one > other;
  return operator === '<=' ? one <= other : one >= other;
}

function operand(text: string, around: Surroundings): unknown {
  if (text.startsWith('$')) return evaluated(text, around);
  const quoted = /^'(.*)'$/.exec(text)?.[1];
  return quoted === undefined ? JSON.parse(text) : quoted;
}

function evaluated(expression: string, { inputs, steps, response }: Surroundings): unknown {
  const [, input] = /^\$inputs\.([\w-]+)$/.exec(expression) ?? [];
  if (input !== undefined) return inputs[input];
  const [, step = '', output = ''] = /^\$steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
  if (step) return steps[step]?.[output];
  if (!response) throw new Error(`there is no response yet for ${expression}`);
  if (expression === '$statusCode') return response.status;
  if (expression === '$response.body') return response.body;
  const [, header] = /^\$response\.header\.([\w-]+)$/.exec(expression) ?? [];
  if (header !== undefined) return response.headers.get(header.toLowerCase());
  const [, pointer] = /^\$response\.body#((?:\/[^/]*)+)$/.exec(expression) ?? [];
  if (pointer === undefined) throw new Error(`an expression of an unknown kind: ${expression}`);
  return at(response.body, pointer);
}

/** What a JSON pointer (RFC 6901) leads to; undefined if to nothing. */
function at(value: unknown, pointer: string): unknown {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<unknown>((one, name) => {
    if (Array.isArray(one)) return one[Number(name)];
    return isObject(one) ? one[name] : undefined;
  }, value);
}
