/*
 * Rows are written by other programs, and one that is not as the store's contract says must not hide the others: what
 * is no text counts as missing, what is no date as null, in every aggregation alike.
 */

/** The text in a field, or something else where it holds none. */
export function text(field: string, otherwise: unknown): object {
  return { $cond: [{ $eq: [{ $type: field }, 'string'] }, field, otherwise] };
}

/** The date in a field, or something else where it holds none. */
export function date(field: string, otherwise: unknown = null): object {
  return { $cond: [{ $eq: [{ $type: field }, 'date'] }, field, otherwise] };
}

/** The texts in a field, in their order. One text is taken for scopes separated by spaces, as OAuth writes them. */
export function textList(field: string): object {
  const list = { $cond: [{ $isArray: field }, field, { $split: [text(field, ''), ' '] }] };
  return { $filter: { input: list, cond: isScope } };
}

/** The same as a sorted set. */
export function textSet(field: string): object {
  return { $sortArray: { input: { $setUnion: [textList(field), []] }, sortBy: 1 } };
}

const isScope = { $and: [{ $eq: [{ $type: '$$this' }, 'string'] }, { $ne: ['$$this', ''] }] };

/** The filter on rows that are not revoked. */
export const UNREVOKED = { revoked_at: { $not: { $type: 'date' } } } as const;
