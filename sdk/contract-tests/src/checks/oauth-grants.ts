import { isDeepStrictEqual } from 'node:util';
import { AUDIT } from './audit-events.ts';
import type { Check } from './check.ts';
import { MAX_PAGES, readByCursor, readByOffset } from './grant-pages.ts';
import { LIST, MAX_LIMIT } from './grants.ts';
import { isAscending, objectsIn, repeated } from './lists.ts';

/** How many grants are read one by one. */
const MAX_READ = 5;

/** Rules of OAuth Grants about its grants. */
export const OAUTH_GRANTS_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a list has the grants of its status alone, and the totals of the statuses add up',
    async run(test, { client, known }) {
      let sum = 0;
      for (const status of ['active', 'expired', 'revoked']) {
        const query = { status, limit: 10, include_suspension: true, include_project_name: true };
        const { body } = await client.succeed(test, LIST, { query });
        known.learn(body);
        sum += Number(body.total_count);
      }
      const all = await client.succeed(test, LIST, { query: { status: 'all', limit: 10 } });
      known.learn(all.body);
      if (sum !== all.body.total_count) {
        client.differs(
          test,
          all,
          `total_count is ${all.body.total_count}, and those of the statuses make ${sum}`,
        );
      }
    },
  },
  {
    document: 'oauth-grants',
    name: 'every grant is on one page, by offset and by cursor, and total_count counts them',
    async run(test, { client }) {
      const first = await client.succeed(test, LIST, { query: { status: 'all', limit: 1 } });
      const total = Number(first.body.total_count);
      const limit = Math.min(MAX_LIMIT, Math.max(1, Math.ceil(total / MAX_PAGES)));
      const byOffset = await readByOffset(test, client, limit);
      const byCursor = await readByCursor(test, client, { query: { status: 'all' }, limits: [limit] });
      if (limit * MAX_PAGES < total) test.skip(`only ${limit * MAX_PAGES} of ${total} grants were read`);
      for (const [way, ids] of [['offset', byOffset] as const, ['cursor', byCursor] as const]) {
        if (ids.length !== total)
          client.differs(test, first, `a total_count that is not the number of grants by ${way}`);
      }
      if (!isDeepStrictEqual(new Set(byOffset), new Set(byCursor))) {
        client.differs(test, first, 'other grants by cursor than by offset');
      }
    },
  },
  {
    document: 'oauth-grants',
    name: 'a grant of another account is not found',
    async run(test, { client, otherToken }) {
      if (otherToken === undefined) return test.skip('no other_account_admin_token was given');
      const page = await client.succeed(test, LIST, {
        token: otherToken,
        query: { status: 'all', limit: MAX_READ },
      });
      const grants = objectsIn(page.body, 'grants');
      if (grants.length === 0) test.skip('the other account has no grant');
      for (const { grant_id } of grants) {
        const answer = await client.call(test, 'getOAuthGrant', { path: { grant_id: String(grant_id) } });
        if (answer.status !== 404)
          client.differs(test, answer, `a ${answer.status} for a grant of another account`);
      }
      const account_id = String(grants[0]?.account_id);
      const answer = await client.call(test, LIST, { query: { account_id } });
      if (answer.status !== 403)
        client.differs(test, answer, `a ${answer.status} for a filter on another account`);
    },
  },
  {
    document: 'oauth-grants',
    name: 'audit events are listed once each, the newest first',
    async run(test, { client, known }) {
      const seen: unknown[] = [];
      const times: number[] = [];
      let cursor: unknown;
      for (let pages = 0; pages < MAX_PAGES; pages += 1) {
        const query = { limit: 5, ...(cursor === undefined ? {} : { cursor: String(cursor) }) };
        const page = await client.succeed(test, AUDIT, { query });
        known.learn(page.body);
        const events = objectsIn(page.body, 'events');
        seen.push(...events.map(({ event_id }) => event_id));
        times.push(...events.map(({ at }) => -Date.parse(String(at))));
        if (repeated(seen).length > 0) return client.differs(test, page, 'an event that is listed twice');
        if (!isAscending(times))
          return client.differs(test, page, 'an event that is newer than the one before');
        cursor = page.body.next_cursor;
        if (cursor === undefined) return;
      }
    },
  },
];
