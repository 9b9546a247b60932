import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseBounded } from '../bounded-json.ts';
import { type GrantList, isPositionIn, type Position } from '../grants/read-model/ordering.ts';
import { decodeGrantId, encodeGrantId, TEXT_VALUES } from '../grants/rows/identity.ts';
import { badQuery } from './bad-query.ts';

/** What a cursor contains: where a page ended, and in which list. */
const content = z.strictObject({
  v: z.literal(2),
  /** Identifies the list; see `bindingOf`. */
  list: z.string(),
  stretch: z.int().nonnegative(),
  key: z.union([
    z.string().refine((text) => text.isWellFormed()),
    z.strictObject({ date: z.iso.datetime({ precision: 3 }) }),
    z.null(),
  ]),
  /** The id of the page's last grant. */
  grant: z.string(),
});
type Content = z.infer<typeof content>;
/** Version 1 ordered ties differently. */
const older = z.object({ v: z.literal(1) });

/** The cursor of a position in a list: base64url of JSON. It contains nothing that the page before it did not show. */
export function encodeCursor(list: GrantList, { stretch, key, identity }: Position): string {
  const written: Content = {
    v: 2,
    list: bindingOf(list),
    stretch,
    key: key instanceof Date ? { date: key.toISOString() } : key,
    grant: encodeGrantId(identity),
  };
  return writeCursor(written);
}

/**
 * The position that a cursor names in a list. Each position has one spelling, and a forged cursor that passes is still
 * only a position: it never decides which grants a list contains.
 *
 * @throws Failure 400 for what is not a cursor, and for a cursor of another list
 */
export function decodeCursor(list: GrantList, cursor: string): Position {
  const json = readCursor(cursor);
  if (older.safeParse(json).success) throw badQuery('cursor', OLDER);
  const read = content.safeParse(json).data;
  if (read && read.list !== bindingOf(list)) throw badQuery('cursor', OTHER_LIST);
  const position = read && positionOf(read);
  const isOurs = position && isPositionIn(list, position) && encodeCursor(list, position) === cursor;
  if (!isOurs) throw badQuery('cursor', NO_CURSOR);
  return position;
}

const NO_CURSOR =
  'is not a cursor; send a next_cursor exactly as this API gave it, or start again with cursor=first';
const OLDER =
  'was given by an older version of this API, which sorted differently; start again with cursor=first';
const OTHER_LIST =
  'was given for another list; send the filters, status, sort_by and sort_order that it was given for, or start again with cursor=first';

/** A short hash of which grants a list contains, as far as its principal sees them, and of their order. */
function bindingOf({ filter, unused_since, status, sort_by, sort_order }: GrantList): string {
  const values = TEXT_VALUES.map((name) => filter[name] ?? null);
  return hashOfList([values, status, sort_by, sort_order, ...(unused_since ? [unused_since] : [])]);
}

function positionOf({ stretch, key, grant }: Content): Position | undefined {
  const identity = decodeGrantId(grant);
  const isDate = typeof key === 'object' && key !== null;
  return identity && { stretch, key: isDate ? new Date(key.date) : key, identity };
}

/** A cursor's text, from what it contains. */
export function writeCursor(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** What a cursor contains; undefined for what is not JSON. */
export function readCursor(cursor: string): unknown {
  return parseBounded(Buffer.from(cursor, 'base64url'));
}

/** A short hash of what makes a list another one, for its cursors. */
export function hashOfList(list: unknown): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
