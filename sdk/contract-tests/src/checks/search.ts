import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { type Check, NOBODY } from './check.ts';
import { LIST } from './grants.ts';
import { objectsIn } from './lists.ts';

export const SEARCH = 'searchOAuthGrants';
/** Of how many grants the user and the client are searched for. */
const MAX_SEARCHED = 5;
/** The highest limit of a search. */
export const MAX_FOUND = 50;
/** How many characters of a name are typed. */
const MAX_TYPED = 60;

/** What a search finds, and by which texts of a grant. */
export const KINDS = [
  { kind: 'user', list: 'users', id: 'user_id', texts: ['user_name', 'user_email'] },
  { kind: 'client', list: 'clients', id: 'client_id', texts: ['client_name'] },
] as const;
export type Kind = (typeof KINDS)[number];

/** Ends the case where a search may not be sent. */
export function requireSearch(test: Case, client: Client): void {
  if (!client.mayCall(client.operation(SEARCH))) test.skip('a search is a POST: writes were not allowed');
}

/** A rule of OAuth Grants about its search, which is a `POST` and changes nothing. */
export const SEARCH_CHECK: Check = {
  document: 'oauth-grants',
  name: 'a search finds users and clients by what a list says of them, and only those of grants',
  async run(test, { client }) {
    requireSearch(test, client);
    const page = await client.succeed(test, LIST, { query: { status: 'all', limit: MAX_SEARCHED } });
    const grants = objectsIn(page.body, 'grants');
    if (grants.length === 0) test.skip('there is no grant');
    for (const grant of grants) await findPartiesOf(test, client, grant);
    const none = await search(test, client, NOBODY);
    for (const { kind, list } of KINDS) {
      if (objectsIn(none.body, list).length > 0)
        client.differs(test, none, `a ${kind} for words that none has`);
    }
  },
};

/** Looks for the user and the client of a grant by their ids and by all that they are called. */
async function findPartiesOf(test: Case, client: Client, grant: Record<string, unknown>): Promise<void> {
  for (const { kind, list, id, texts } of KINDS) {
    const byId = await search(test, client, String(grant[id]));
    if (objectsIn(byId.body, list)[0]?.[id] !== grant[id])
      client.differs(test, byId, `not the ${kind} of an id first`);
    for (const name of texts) {
      const typed = beginningOf(grant[name]);
      if (typed === undefined) continue;
      const answer = await search(test, client, typed);
      const found = objectsIn(answer.body, list).map((one) => one[id]);
      // Where a list is full, the others of that name did not fit.
      if (found.length < MAX_FOUND && !found.includes(grant[id]))
        client.differs(test, answer, `no ${kind} for a ${name} that a grant has`);
      const [best] = found;
      if (best === undefined) continue;
      const { body } = await client.succeed(test, LIST, {
        query: { status: 'all', limit: 1, [id]: String(best) },
      });
      if (body.total_count === 0) client.differs(test, answer, `a ${kind} without a grant`);
    }
  }
}

const search = (test: Case, client: Client, query: string) =>
  client.succeed(test, SEARCH, { body: { query, limit: MAX_FOUND } });

/** What somebody types of a name; undefined if it has no letter or digit, by which it could be found. */
function beginningOf(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined;
  const typed = [...name].slice(0, MAX_TYPED).join('');
  return /[\p{L}\p{N}]/u.test(typed) ? typed : undefined;
}
