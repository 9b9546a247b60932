import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { objectsIn } from './lists.ts';

/** How many pages of a list are read. */
export const MAX_PAGES = 12;
const LIST = 'listOAuthGrants';

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

/** The same by cursor. */
export async function readByCursor(test: Case, client: Client, limit: number): Promise<unknown[]> {
  const ids: unknown[] = [];
  const cursors: unknown[] = ['first'];
  for (let pages = 0; pages <= MAX_PAGES; pages += 1) {
    const query = { status: 'all', limit, cursor: String(cursors.at(-1)) };
    const answer = await client.succeed(test, LIST, { query });
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
