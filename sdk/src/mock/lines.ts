import type { Sent } from './answers.ts';

const JSON_TYPE = 'application/json';
const LINES_TYPE = 'application/x-ndjson';

/** What is sent one a line, as `application/x-ndjson`. */
export interface Lines {
  of: readonly object[];
  /** The query of the next page, if its cursor says that there is one. */
  next: { cursor: string | undefined };
}

/** The same answer, one thing a line. */
export function asLines(sent: Sent, { of, next }: Lines): Sent {
  const given = Object.entries(next).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const headers = { ...sent.headers, 'Content-Type': LINES_TYPE };
  return {
    ...sent,
    headers: next.cursor === undefined ? headers : { ...headers, Link: `<?${query}>; rel="next"` },
    body: of.map((one) => `${JSON.stringify(one)}\n`).join(''),
  };
}

/** Whether a header `Accept` asks for lines rather than for JSON (RFC 9110, section 12.5.1). */
export function wantsLines(accept: string | null): boolean {
  const lines = preferenceFor(LINES_TYPE, accept ?? '*/*');
  return lines.quality > 0 && compare(lines, preferenceFor(JSON_TYPE, accept ?? '*/*')) > 0;
}

/** How much one type is wanted: first by its quality, then by how exactly it is named, then by who is named first. */
interface Preference {
  quality: number;
  exactness: number;
  place: number;
}

function preferenceFor(type: string, accept: string): Preference {
  const ranges = ['*/*', type.replace(/\/.*/, '/*'), type];
  const named = accept.split(',').map((text, index) => {
    const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
    const [quality = '1'] = parameters.flatMap((one) => /^q=(.*)$/.exec(one)?.[1] ?? []);
    return { quality: Number(quality), exactness: ranges.indexOf(range), place: -index };
  });
  const [best] = named.sort((one, other) => other.exactness - one.exactness || other.place - one.place);
  return best && best.exactness >= 0 ? best : { quality: 0, exactness: -1, place: 0 };
}

function compare(one: Preference, other: Preference): number {
  return one.quality - other.quality || one.exactness - other.exactness || one.place - other.place;
}
