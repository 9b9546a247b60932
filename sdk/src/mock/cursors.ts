import { decoded } from './request.ts';

/** Where something is in a list. */
export interface Position {
  /** What the list is sorted by; absent for what has no such field. */
  key?: string | undefined;
  id: string;
}

/** The cursor of the page that begins behind a position in a list, whether or not anything is left there by then. */
export function cursorOf(list: object, { key, id }: Position): string {
  return encodeURIComponent(
    JSON.stringify([hashOf(JSON.stringify(list)), id, ...(key === undefined ? [] : [key])]),
  );
}

/** The position behind which a page begins; undefined for what is no cursor, or one of another list. */
export function positionIn(list: object, cursor: string): Position | undefined {
  const [, id, key] = partsOf(cursor);
  if (typeof id !== 'string') return undefined;
  const position = typeof key === 'string' ? { id, key } : { id };
  return cursorOf(list, position) === cursor ? position : undefined;
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(decoded(cursor) ?? '');
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** Tells lists apart, in few characters: a cursor may have 1,024. */
function hashOf(text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return (hash >>> 0).toString(36);
}
