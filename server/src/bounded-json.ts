/** How deep lists and objects may be nested. Nothing that this API accepts is deeper than a few levels. */
const DEEPEST = 32;

/** How many values a text may contain: all of a request's longest lists together, and some more. */
const MAX_VALUES = 25_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Why a JSON text is not parsed: nested too deeply, or too many values. */
export type Excess = 'depth' | 'values';

/**
 * Checks the bytes of a JSON text before anything parses it. `JSON.parse` takes half a second for four megabytes of
 * brackets, and walking the result takes longer still; this takes a few milliseconds for any text.
 *
 * @returns which limit the text exceeds, or undefined if it may be parsed; whether it is JSON at all is not checked
 */
export function excessOf(json: Uint8Array): Excess | undefined {
  let depth = 0;
  let values = 0;
  let isInText = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index];
    if (isInText) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE) {
      isInText = true;
    } else if (byte === COMMA) {
      values += 1;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth += 1;
      values += 1;
      if (depth > DEEPEST) return 'depth';
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return values > MAX_VALUES ? 'values' : undefined;
}

/**
 * Parses a client's JSON within these limits.
 *
 * @returns undefined if it is not JSON, or exceeds a limit
 */
export function parseBounded(json: Buffer): unknown {
  if (excessOf(json)) return undefined;
  try {
    return JSON.parse(json.toString());
  } catch {
    return undefined;
  }
}
