/** How much of a text that a client made up goes into an answer or a log line, in characters. */
const MAX_LENGTH = 100;

/** The beginning of a text that may be anything, with a sign where something is left out. */
export function shortened(text: string, maxLength = MAX_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength).toWellFormed()}…`;
}

/** How many items of a list and keys of an object a log line tells, and how deep it goes. */
const MAX_ITEMS = 20;
const DEEPEST = 4;

/** What a log line tells of a value of a request: long texts cut, a list of many as their number. */
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
