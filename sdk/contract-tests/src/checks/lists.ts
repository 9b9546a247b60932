import { isObject } from '../exchange.ts';

/** The objects of a list in an answer; empty if there is none. */
export function objectsIn(body: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const list = body[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Whether each key of a list is no smaller than the one before it. */
export function isAscending(keys: number[]): boolean {
  return keys.every((key, index) => index === 0 || key >= (keys[index - 1] ?? key));
}

/** The values that are more than once in a list. */
export function repeated(values: unknown[]): unknown[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}
