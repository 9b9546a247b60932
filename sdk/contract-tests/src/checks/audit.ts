import { isDeepStrictEqual } from 'node:util';
import { grantsIn } from '../answers/audit-page.ts';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { AUDIT, type AuditEvent, readEvents } from './audit-events.ts';
import { type FilterValue, filterValues, matches, showsAll } from './audit-filters.ts';
import { readLines } from './audit-lines.ts';
import { type As, CALLERS, callerOf } from './callers.ts';
import type { Check } from './check.ts';
import { expectProblem, fieldsOf, INVALID } from './problems.ts';

const NONE = 'there is no audit event';

/** Rules of OAuth Grants about its audit trail. They want events: other checks make some first. */
export const AUDIT_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a filter of audit events leaves just those that match',
    async run(test, { client }) {
      const { events, isWhole } = await readEvents(test, client);
      if (events.length === 0) test.skip(NONE);
      const values = filterValues(client.operation(AUDIT), events);
      const [first] = values;
      const last = values.at(-1);
      const pairs = first && last ? [[first, last]] : [];
      for (const filters of [...values.map((one) => [one]), ...pairs])
        await compareFiltered(test, client, filters, { all: events });
      if (!isWhole) test.skip(`only ${events.length} events were read`);
    },
  },
  {
    document: 'oauth-grants',
    name: 'a cursor of audit events holds for its filters alone',
    async run(test, { client }) {
      const { events } = await readEvents(test, client);
      const { body } = await client.succeed(test, AUDIT, { query: { limit: 1 } });
      if (body.next_cursor === undefined) return test.skip('there are fewer than two audit events');
      const cursor = String(body.next_cursor);
      const page = await client.succeed(test, AUDIT, { query: { limit: 2, cursor } });
      if (!isDeepStrictEqual(page.body.events, events.slice(1, 3)))
        client.differs(test, page, 'another page than the whole list has there');
      const values = filterValues(client.operation(AUDIT), events);
      for (const { name, value } of values) {
        const answer = await client.call(test, AUDIT, { query: { limit: 1, cursor, [name]: value } });
        expectCursorRefused(test, client, answer, `a cursor of a list without ${name}`);
        const filtered = await client.succeed(test, AUDIT, { query: { limit: 1, [name]: value } });
        const { next_cursor } = filtered.body;
        if (next_cursor === undefined) continue;
        const whole = await client.call(test, AUDIT, { query: { limit: 1, cursor: String(next_cursor) } });
        expectCursorRefused(test, client, whole, `a cursor of a list with ${name}`);
      }
    },
  },
  {
    document: 'oauth-grants',
    name: 'audit events read line by line, by following Link, are those of the JSON pages',
    async run(test, { client }) {
      const { events } = await readEvents(test, client);
      if (events.length === 0) test.skip(NONE);
      for (const { name, value } of filterValues(client.operation(AUDIT), events)) {
        const query = { [name]: value, limit: 2 };
        const { lines, isWhole, last } = await readLines(test, client, query);
        const expected = (await readEvents(test, client, { query: { [name]: value } })).events;
        if (!isDeepStrictEqual(lines, isWhole ? expected : expected.slice(0, lines.length)))
          client.differs(test, last, `other lines with the filter ${name} than JSON has`);
      }
    },
  },
  ...CALLERS.map(
    (kind): Check => ({
      document: 'oauth-grants',
      name: `${kind.who} sees the audit events of what they see, and no more of each`,
      async run(test, context) {
        const { client } = context;
        const { token, field, value } = callerOf(test, context, kind);
        const own = await readEvents(test, client, { token });
        const answer = own.last;
        const all = await readEvents(test, client);
        if (own.events.length === 0) test.skip(`there is no audit event that ${kind.who} sees`);
        const isForeign = ({ user_id, project_id }: Record<string, unknown>) =>
          (field === 'user_id' ? user_id : project_id) !== value;
        // Where the account's event shows all its grants, it is known how many of them the caller sees.
        for (const event of all.events.filter(showsAll)) {
          const due = grantsIn(event).filter((grant) => !isForeign(grant)).length;
          const seen = own.events.find(({ event_id }) => event_id === event.event_id);
          if (due === 0 || event.action === 'purge' || (!seen && !own.isWhole)) continue;
          if (seen?.grants !== due)
            client.differs(
              test,
              answer,
              `${seen?.grants ?? 0} grants in an event of ${due} that the caller sees`,
            );
        }
      },
    }),
  ),
];

/** Compares a filtered list with what the same filters leave of all events. */
export async function compareFiltered(
  test: Case,
  client: Client,
  filters: FilterValue[],
  { all, as = {} }: { all: AuditEvent[]; as?: As },
): Promise<void> {
  const query = Object.fromEntries(filters.map(({ name, value }) => [name, value]));
  const names = Object.keys(query).join(' and ');
  const { events, isWhole, last: answer } = await readEvents(test, client, { ...as, query });
  const verdicts = (event: AuditEvent) => filters.map((filter) => matches(event, filter));
  const known = new Map(all.map((event) => [event.event_id, event]));
  for (const event of events) {
    if (verdicts(event).includes('no')) client.differs(test, answer, `an event that does not match ${names}`);
    const same = known.get(event.event_id);
    if (same && !isDeepStrictEqual(same, event))
      client.differs(test, answer, `an event that ${names} changes`);
  }
  const listed = new Set(events.map(({ event_id }) => event_id));
  const isMissing = (event: AuditEvent) =>
    verdicts(event).every((one) => one === 'yes') && !listed.has(event.event_id);
  if (isWhole && all.some(isMissing)) client.differs(test, answer, `no event that matches ${names}`);
}

function expectCursorRefused(
  test: Case,
  client: Client,
  answer: Parameters<typeof fieldsOf>[0],
  what: string,
): void {
  expectProblem(test, client, answer, INVALID, what);
  if (answer.status === 400 && !isDeepStrictEqual(fieldsOf(answer), ['cursor']))
    client.differs(test, answer, 'errors that do not name cursor');
}
