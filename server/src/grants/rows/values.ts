import { checked } from '../../database/filters.ts';

/*
 * Other programs write the rows, and one that breaks the store's contract must not hide the others: in every
 * aggregation, a value that is not a string counts as missing, and one that is not a date as null.
 */

/** Expression: the string in a field, or `otherwise` if it is empty or not a string. */
export function text(field: string, otherwise: unknown): object {
  return {
    $cond: [{ $and: [{ $eq: [{ $type: field }, 'string'] }, { $ne: [field, ''] }] }, field, otherwise],
  };
}

/** Filter: fields whose text, as `text` reads it with '' otherwise, is `value`. A list never has a text. */
export function hasText(value: string): object {
  return checked(value) === '' ? { $not: { $gt: '', ...NO_LIST } } : { $eq: value, ...NO_LIST };
}

/** Filter: documents whose text in a field, as `hasText` reads it, is one of some values. */
export function withTextIn(field: string, values: Set<string>): object {
  const full = [...values].map(checked).filter((value) => value !== '');
  const isFull = { [field]: { $in: full, ...NO_LIST } };
  return values.has('') ? { $or: [isFull, { [field]: hasText('') }] } : isFull;
}

const NO_LIST = { $not: { $type: 'array' } } as const;

/** Expression: the date in a field, or `otherwise` if it is not a date with a year of four digits. */
export function date(field: string, otherwise: unknown = null): object {
  const isDate = [{ $eq: [{ $type: field }, 'date'] }, { $gte: [field, FIRST] }, { $lte: [field, LAST] }];
  return { $cond: [{ $and: isDate }, field, otherwise] };
}

const FIRST = new Date('0000-01-01T00:00:00.000Z');
const LAST = new Date('9999-12-31T23:59:59.999Z');

/**
 * Expression: the consent that a row names, or `otherwise` if it names none. Consents have ids of any type that an
 * `_id` can have; null means none.
 */
export function consentNamed(otherwise: unknown): object {
  return { $cond: [{ $in: [{ $type: '$consent_id' }, NO_IDS] }, otherwise, '$consent_id'] };
}

const NO_IDS = ['missing', 'undefined', 'null', 'array', 'regex'];

/** What `text` returns, for a value already read: null if it is empty or not a string. */
export function readText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What `date` returns, for a value already read. */
export function readDate(value: unknown): Date | null {
  return value instanceof Date && value >= FIRST && value <= LAST ? value : null;
}

/** Expression: whether a field marks its row as revoked; any date does. */
export function isRevoked(field: string): object {
  return { $eq: [{ $type: field }, 'date'] };
}

/** Expression: the strings in a field, in order. A single string is split at spaces, as OAuth writes scopes. */
export function textList(field: string): object {
  const list = { $cond: [{ $isArray: field }, field, { $split: [text(field, ''), ' '] }] };
  return { $filter: { input: list, cond: isScope } };
}

/** What `textList` returns, for a value already read. */
export function readTextList(value: unknown): string[] {
  const list = Array.isArray(value) ? value : (readText(value)?.split(' ') ?? []);
  return list.filter((item) => readText(item) !== null);
}

/** `textList` as a sorted set. */
export function textSet(field: string): object {
  return { $sortArray: { input: { $setUnion: [textList(field), []] }, sortBy: 1 } };
}

const isScope = { $and: [{ $eq: [{ $type: '$$this' }, 'string'] }, { $ne: ['$$this', ''] }] };

/** Filter: rows that are not revoked. */
export const UNREVOKED = { revoked_at: { $not: { $type: 'date' } } } as const;

/** Filter: rows that had expired by a moment. */
export function expiredBy(moment: Date): { expires_at: { $gte: Date; $lte: Date } } {
  return { expires_at: { $gte: FIRST, $lte: moment } };
}
