type Fields = Record<string, unknown>;
type Compare = (one: string, other: string) => number;

/** The order of the field `status`, as the document has it. */
const STATUSES = ['active', 'expired', 'revoked'];
const collator = new Intl.Collator('en', { sensitivity: 'base' });

/** A text without case and accents. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether a name comes after another in any order that "neither case nor accents split". */
export function isNameAfter(one: string, other: string): boolean {
  return isAfterBy([byFolded, collator.compare], one, other);
}

/** Whether a text, such as an id, comes after another in any order. */
export function isTextAfter(one: string, other: string): boolean {
  return isAfterBy([byFolded, collator.compare, byCharacters], one, other);
}

/** What is wrong with the order of a list; undefined if nothing is, beyond doubt. Those without the field come last. */
export function orderFault(list: Fields[], field: string, direction: string): string | undefined {
  const values = list.map((one) => one[field]);
  const present = values.filter((value) => typeof value === 'string');
  if (values.slice(0, present.length).some((value) => typeof value !== 'string')) {
    return `a list by ${field} ${direction} that has grants without it before others`;
  }
  const ascending = direction === 'asc' ? present : present.toReversed();
  const isWrong = ascending.some((value, index) => isAfter(field, ascending[index - 1] ?? value, value));
  return isWrong ? `a list that is not sorted by ${field} ${direction}` : undefined;
}

function isAfter(field: string, one: string, other: string): boolean {
  if (field === 'status') return STATUSES.indexOf(one) > STATUSES.indexOf(other);
  if (field.endsWith('_at')) return Date.parse(one) > Date.parse(other);
  return field.endsWith('_name') ? isNameAfter(one, other) : isTextAfter(one, other);
}

const byCharacters: Compare = (one, other) => (one === other ? 0 : one > other ? 1 : -1);
const byFolded: Compare = (one, other) => byCharacters(folded(one), folded(other));

function isAfterBy(ways: Compare[], one: string, other: string): boolean {
  return ways.every((compare) => compare(one, other) > 0);
}
