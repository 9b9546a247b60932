import type { AuditEventRow } from '../../database/collections.ts';
import { checked, equals } from '../../database/filters.ts';
import type { ModelContext } from '../read-model/context.ts';
import { type GrantFilter, type RowFilter, valuesGiven } from '../rows/grouping.ts';
import { checkedIdentity, type GrantIdentity } from '../rows/identity.ts';
import type { Store } from '../rows/store.ts';
import { TOTALS } from './entries.ts';

/** How many of an event's grants are shown. */
const SAMPLE = 10;

export interface AuditQuery {
  /** What the caller may see. An event that changed any of it is listed, with counts of no more than that. */
  visible: GrantFilter;
  /** Narrows `visible`. */
  filter: GrantFilter;
  grant?: GrantIdentity | undefined;
  action?: AuditEventRow['action'] | undefined;
  /** At or after this moment. */
  from?: Date | undefined;
  /** Before this moment. */
  to?: Date | undefined;
  /** Where the page before ended. */
  after?: string | undefined;
  limit: number;
}

export interface ListedEvent {
  event: AuditEventRow;
  /** What it changed of what the caller may see. */
  counts: Counts;
  /** Some of its grants. */
  sample: GrantIdentity[];
}

/**
 * Audit events, newest first. Events of other servers appear when they are finished: a page may miss one that was asked
 * for before its newest.
 *
 * @returns the page, and where it ended if more comes after it
 */
export async function listAuditEvents(
  { store }: ModelContext,
  query: AuditQuery,
): Promise<{ events: ListedEvent[]; end?: string }> {
  const { limit, visible } = query;
  const positions = await positionsOf(store, query, limit + 1);
  const page = positions.slice(0, limit);
  const ids = page.map((position) => position.slice(position.indexOf('/') + 1));
  const found = await store.events.find({ _id: { $in: ids }, finished_at: { $type: 'date' } }).toArray();
  const counts = await countsOf(store, found, visible);
  const byId = new Map(found.map((event) => [event._id, event]));
  const events = await Promise.all(
    ids.flatMap((id) => {
      const event = byId.get(id);
      const seen = event && (isWhole(event, visible) ? event : counts.get(id));
      return event && seen ? [describe(store, event, seen, visible)] : [];
    }),
  );
  const end = page.at(-1);
  return { events, ...(positions.length > limit && end !== undefined ? { end } : {}) };
}

/** The positions of the events that have an entry which matches, each once. */
async function positionsOf({ entries }: Store, query: AuditQuery, count: number): Promise<string[]> {
  const { filter, grant, action, from, to, after } = query;
  const which: RowFilter = {
    ...(grant && { ...partyOf(grant), '_id.grant': checkedIdentity(grant) }),
    // After the party of the grant: a grant of another user or client than the filter's matches nothing.
    ...entriesOf(filter),
    ...(action === undefined ? {} : { action: equals(action) }),
    // Purges are of nobody, and few among all entries of an account.
    ...(action === 'purge' && !grant && filter.user_id === undefined ? { user_id: '' } : {}),
  };
  const bounds = [to?.toISOString(), after === undefined ? undefined : checked(after)].filter(
    (bound) => bound !== undefined,
  );
  let before = bounds.toSorted()[0];
  const positions = new Set<string>();
  while (positions.size < count) {
    const position = {
      ...(before === undefined ? {} : { $lt: before }),
      $gte: from?.toISOString() ?? '',
    };
    const left = count - positions.size;
    const found = await entries
      .find({ ...which, position }, { projection: { _id: 0, position: 1 } })
      .sort({ position: -1 })
      .limit(left)
      .toArray();
    for (const entry of found) positions.add(entry.position);
    // An event may have more entries than were asked for: what comes before it is looked for next.
    before = found.at(-1)?.position;
    if (found.length < left) break;
  }
  return [...positions];
}

/** Filter: the entries of grants and consents that a filter selects. */
function entriesOf(filter: GrantFilter): RowFilter {
  return Object.fromEntries(valuesGiven(filter).map(([name, value]) => [name, equals(value)]));
}

/** Filter: the entries of a grant's user and client, which an index has. */
function partyOf({ user_id, client_id }: GrantIdentity): RowFilter {
  return { user_id: equals(user_id), client_id: equals(client_id) };
}

interface Counts {
  grants: number;
  revoked_tokens: number;
  revoked_consents: number;
  deleted_tokens?: number | null;
}

/** Whether the caller may see everything that an event changed. */
function isWhole({ account_ids }: AuditEventRow, { account_id, ...narrower }: GrantFilter): boolean {
  return Object.keys(narrower).length === 0 && account_ids.every((one) => one === account_id);
}

/** Counts of the events that changed more than the caller may see. */
async function countsOf({ entries }: Store, events: AuditEventRow[], visible: GrantFilter) {
  const partly = events.filter((event) => !isWhole(event, visible)).map(({ _id }) => _id);
  if (partly.length === 0) return new Map<string, Counts>();
  const found = await entries
    .aggregate<Counts & { _id: string }>([
      { $match: { event_id: { $in: partly }, ...entriesOf(visible) } },
      { $group: { _id: '$event_id', ...TOTALS } },
    ])
    .toArray();
  return new Map(found.map(({ _id, ...counts }) => [_id, counts]));
}

async function describe(
  { entries }: Store,
  event: AuditEventRow,
  counts: Counts,
  visible: GrantFilter,
): Promise<ListedEvent> {
  const ofGrants: RowFilter = {
    event_id: event._id,
    ...entriesOf(visible),
    '_id.grant': { $exists: true },
  };
  const sample = await entries
    .find<{ _id: { grant: GrantIdentity } }>(ofGrants, { projection: { _id: 1 } })
    .limit(SAMPLE)
    .toArray();
  return { event, counts, sample: sample.map(({ _id }) => _id.grant) };
}
