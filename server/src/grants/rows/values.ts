import { checked } from '../../database/filters.ts';

/*
 * Rows are written by other programs, and one that is not as the store's contract says must not hide the others: what
 * is no text counts as missing, what is no date as null, in every aggregation alike.
 */

/** The text in a field, or something else where it holds none. */
export function text(field: string, otherwise: unknown): object {
  return {
    $cond: [{ $and: [{ $eq: [{ $type: field }, 'string'] }, { $ne: [field, ''] }] }, field, otherwise],
  };
}

/** The filter on a field whose text, as `text` with '' otherwise says, is this one. A list has none, whatever is in it. */
export function hasText(value: string): object {
  return checked(value) === '' ? { $not: { $gt: '', ...NO_LIST } } : { $eq: value, ...NO_LIST };
}

const NO_LIST = { $not: { $type: 'array' } } as const;

/** The date in a field, or something else where it holds none that can be written with a year of four digits. */
export function date(field: string, otherwise: unknown = null): object {
  const isDate = [{ $eq: [{ $type: field }, 'date'] }, { $gte: [field, FIRST] }, { $lte: [field, LAST] }];
  return { $cond: [{ $and: isDate }, field, otherwise] };
}

const FIRST = new Date('0000-01-01T00:00:00.000Z');
const LAST = new Date('9999-12-31T23:59:59.999Z');

/**
 * The consent that a row names, or something else where it names none. Consents have ids of any type that an `_id` can
 * have; null stands for none.
 */
export function consentNamed(otherwise: unknown): object {
  return { $cond: [{ $in: [{ $type: '$consent_id' }, NO_IDS] }, otherwise, '$consent_id'] };
}

const NO_IDS = ['missing', 'undefined', 'null', 'array', 'regex'];

/** What `text` says of a value that was read: null where it is no text. */
export function readText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What `date` says of a value that was read. */
export function readDate(value: unknown): Date | null {
  return value instanceof Date && value >= FIRST && value <= LAST ? value : null;
}

/** Whether a field says that its row is revoked: any date does. */
export function isRevoked(field: string): object {
  return { $eq: [{ $type: field }, 'date'] };
}

/** The texts in a field, in their order. One text is taken for scopes separated by spaces, as OAuth writes them. */
export function textList(field: string): object {
  const list = { $cond: [{ $isArray: field }, field, { $split: [text(field, ''), ' '] }] };
  return { $filter: { input: list, cond: isScope } };
}

/** What `textList` says of a value that was read. */
export function readTextList(value: unknown): string[] {
  const list = Array.isArray(value) ? value : (readText(value)?.split(' ') ?? []);
  return list.filter((item) => readText(item) !== null);
}

/** The same as a sorted set. */
export function textSet(field: string): object {
  return { $sortArray: { input: { $setUnion: [textList(field), []] }, sortBy: 1 } };
}

const isScope = { $and: [{ $eq: [{ $type: '$$this' }, 'string'] }, { $ne: ['$$this', ''] }] };

/** The filter on rows that are not revoked. */
export const UNREVOKED = { revoked_at: { $not: { $type: 'date' } } } as const;

/** The filter on rows that had expired by a moment. */
export function expiredBy(moment: Date): { expires_at: { $gte: Date; $lte: Date } } {
  return { expires_at: { $gte: FIRST, $lte: moment } };
}
