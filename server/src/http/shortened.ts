/** The most of a client's text that goes into a response or a log line, in characters. */
const MAX_LENGTH = 100;

/** The beginning of an arbitrary text, with an ellipsis if something is left out. */
export function shortened(text: string, maxLength = MAX_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).toWellFormed()}…`;
}

/** How many items or keys a log line shows of a list or object, and how many levels. */
const MAX_ITEMS = 20;
const DEEPEST = 4;

/** A request value as a log line shows it: long strings cut, a long list as its number of items. */
export function abbreviated(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return shortened(value, 500);
  if (typeof value !== 'object' || value === null) return value;
  const size = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (size > MAX_ITEMS || depth === DEEPEST) return `${size} ${Array.isArray(value) ? 'items' : 'keys'}`;
  if (Array.isArray(value)) return value.map((item) => abbreviated(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [shortened(key), abbreviated(item, depth + 1)]),
  );
}
