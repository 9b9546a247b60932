import type { Case } from '../case.ts';
import type { Client, ObjectAnswer } from '../client.ts';
import type { As } from './callers.ts';
import { type Grant, LIST, MAX_LIMIT } from './grants.ts';
import { objectsIn } from './lists.ts';

export type GrantQuery = Record<string, string>;

/** How many pages of a list are read. */
export const MAX_PAGES = 12;
/** How many grants are read to compare lists with. */
const MAX_GRANTS = 5_000;

export interface AllGrants {
  grants: Grant[];
  /** How many there are; `MAX_GRANTS` of them are read at most. */
  total: number;
  /** The first page. */
  first: ObjectAnswer;
}

/** Reads the grants of every status that somebody sees. */
export async function readAll(test: Case, client: Client, as: As = {}): Promise<AllGrants> {
  const pageAt = (offset: number) =>
    client.succeed(test, LIST, { ...as, query: { status: 'all', limit: MAX_LIMIT, offset } });
  const first = await pageAt(0);
  const grants = objectsIn(first.body, 'grants');
  const total = Number(first.body.total_count);
  for (let offset = MAX_LIMIT; offset < Math.min(total, MAX_GRANTS); offset += MAX_LIMIT) {
    grants.push(...objectsIn((await pageAt(offset)).body, 'grants'));
  }
  return { grants, total, first };
}

/** Every way to sort a list that the document names. */
export function sortsOf(client: Client): { sort_by: string; sort_order: string }[] {
  return valuesOf(client, 'sort_by').flatMap((sort_by) =>
    valuesOf(client, 'sort_order').map((sort_order) => ({ sort_by, sort_order })),
  );
}

/** The values that the document lets a parameter of the list have. */
export function valuesOf(client: Client, parameter: string): string[] {
  const found = client.operation(LIST).parameters?.find(({ name }) => name === parameter);
  return found?.schema.enum?.map(String) ?? [];
}

/** Reads the ids of all grants page by page, by offset; at most `MAX_PAGES` pages. */
export async function readByOffset(test: Case, client: Client, limit: number): Promise<unknown[]> {
  const ids: unknown[] = [];
  for (let pages = 0; pages <= MAX_PAGES; pages += 1) {
    const answer = await client.succeed(test, LIST, {
      query: { status: 'all', limit, offset: pages * limit },
    });
    const read = objectsIn(answer.body, 'grants').map(({ grant_id }) => grant_id);
    if (read.some((id) => ids.includes(id))) client.differs(test, answer, 'a grant that an earlier page had');
    if (read.length === 0) break;
    ids.push(...read);
  }
  return ids;
}

/**
 * The same by cursor, of any list.
 *
 * @param limits of the first pages; the last one also of the others, of which it reads at most `MAX_PAGES`
 * @param offset where the first page begins
 */
export async function readByCursor(
  test: Case,
  client: Client,
  { query, limits, offset = 0, as = {} }: { query: GrantQuery; limits: number[]; offset?: number; as?: As },
): Promise<unknown[]> {
  const ids: unknown[] = [];
  const cursors: unknown[] = ['first'];
  for (let pages = 0; pages <= limits.length + MAX_PAGES; pages += 1) {
    const limit = limits[pages] ?? limits.at(-1) ?? MAX_LIMIT;
    const start = pages === 0 && offset > 0 ? { offset } : {};
    const answer = await client.succeed(test, LIST, {
      ...as,
      query: { ...query, ...start, limit, cursor: String(cursors.at(-1)) },
    });
    const { next_cursor } = answer.body;
    const read = objectsIn(answer.body, 'grants').map(({ grant_id }) => grant_id);
    if (read.some((id) => ids.includes(id))) client.differs(test, answer, 'a grant that an earlier page had');
    ids.push(...read);
    if (next_cursor === undefined) break;
    if (cursors.includes(next_cursor)) {
      client.differs(test, answer, 'a next_cursor that an earlier page had');
      break;
    }
    cursors.push(next_cursor);
  }
  return ids;
}
