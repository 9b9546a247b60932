import { isDeepStrictEqual } from 'node:util';
import { compareFiltered } from './audit.ts';
import { AUDIT, type AuditEvent, MAX_LIMIT, readEvents } from './audit-events.ts';
import { type FilterValue, filterValues, matches } from './audit-filters.ts';
import { READERS } from './callers.ts';
import type { Check } from './check.ts';
import { objectsIn } from './lists.ts';

/** How many events a page has by default. */
const DEFAULT_LIMIT = 50;

/** Rules of OAuth Grants about its audit trail, for everybody who reads it. */
export const AUDIT_READER_CHECKS: Check[] = READERS.flatMap(({ who, isAdmin, asOf }): Check[] => [
  {
    document: 'oauth-grants',
    name: `no filter of audit events is forgotten beside another in the list of ${who}`,
    async run(test, context) {
      const { client } = context;
      const as = asOf(test, context);
      const { events, isWhole } = await readEvents(test, client, as);
      if (events.length === 0) test.skip(`there is no audit event that ${who} sees`);
      const values = filterValues(client.operation(AUDIT), events);
      // The account admin's are compared elsewhere.
      const alone = isAdmin ? [] : values.filter(({ name }) => name !== 'user_id').map((one) => [one]);
      for (const filters of [...alone, ...partingPairs(values, events)])
        await compareFiltered(test, client, filters, { all: events, as });
      if (!isWhole) test.skip(`only ${events.length} events were read`);
    },
  },
  {
    document: 'oauth-grants',
    name: `a page of audit events is as long as asked, and the last has no next_cursor, as ${who} reads it`,
    async run(test, context) {
      const { client } = context;
      const as = asOf(test, context);
      const { events, isWhole } = await readEvents(test, client, as);
      if (events.length < 2 || !isWhole) test.skip(`${who} sees fewer than two audit events, or too many`);
      const pageOf = (query: Record<string, string | number>) =>
        client.succeed(test, AUDIT, { ...as, query });
      for (const limit of [undefined, 1, Math.min(events.length, MAX_LIMIT)]) {
        const page = await pageOf(limit === undefined ? {} : { limit });
        const size = limit ?? DEFAULT_LIMIT;
        if (!isDeepStrictEqual(objectsIn(page.body, 'events'), events.slice(0, size)))
          client.differs(test, page, `other events than the first ${size} of a longer page`);
        if ((page.body.next_cursor === undefined) !== events.length <= size)
          client.differs(test, page, 'a next_cursor of the last page, or none of another');
      }
      // The last page is full: nothing comes after it all the same.
      const { body } = await pageOf({ limit: 1 });
      const left = Math.min(events.length - 1, MAX_LIMIT);
      const last = await pageOf({ limit: left, cursor: String(body.next_cursor) });
      if (!isDeepStrictEqual(objectsIn(last.body, 'events'), events.slice(1, 1 + left)))
        client.differs(test, last, 'another page after a next_cursor than the whole list has there');
      if ((last.body.next_cursor === undefined) !== (left === events.length - 1))
        client.differs(test, last, 'a next_cursor of the last page, or none of another');
    },
  },
]);

/** For each two filters, values of which some events have one, others the other, and the fewest both. */
function partingPairs(values: FilterValue[], events: AuditEvent[]): FilterValue[][] {
  const names = [...new Set(values.map(({ name }) => name))];
  const of = (wanted: string) => values.filter(({ name }) => name === wanted);
  const verdict = (filter: FilterValue, wanted: 'yes' | 'no') => (event: AuditEvent) =>
    matches(event, filter) === wanted;
  const isParting = (one: FilterValue, other: FilterValue) =>
    events.some((event) => verdict(one, 'yes')(event) && verdict(other, 'no')(event)) &&
    events.some((event) => verdict(one, 'no')(event) && verdict(other, 'yes')(event));
  return names.flatMap((name, index) =>
    names.slice(index + 1).flatMap((second) => {
      const pairs = of(name).flatMap((one) => of(second).map((other) => [one, other] as const));
      const pair = pairs.find(([one, other]) => isParting(one, other));
      return pair ? [[...pair]] : [];
    }),
  );
}
