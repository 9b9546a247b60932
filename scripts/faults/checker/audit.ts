import { isDeepStrictEqual } from 'node:util';
import type { AuditEntryRow, AuditEventRow } from '../../../server/src/database/collections.ts';
import { encodeGrantId } from '../../../server/src/grants/rows/identity.ts';
import type { Suspension } from '../../../server/src/grants/rows/store.ts';
import type { Call } from '../history.ts';
import type { Listed } from '../snapshot.ts';
import { type Evidence, grantIdOf, type Revocation } from './evidence.ts';

/** Exactly one event for each revocation that changed something, none for another; and it counts right. */
export function* checkAudit(evidence: Evidence): Generator<string> {
  const { snapshot, revocations } = evidence;
  const events = grouped(snapshot.events, ({ _id }) => _id);
  const entries = grouped(snapshot.entries, ({ event_id }) => event_id);
  for (const [id, revocation] of revocations) {
    const found = events.get(id) ?? [];
    const { tokens, consents } = revocation;
    if (found.length !== 1)
      yield `revocation ${id} of ${tokens.length} tokens and ${consents.length} consents has ${found.length} events`;
  }
  for (const suspension of snapshot.suspensions) {
    for (const action of ['suspend', 'restore']) {
      const id = eventOf(suspension, action);
      const count = events.get(id ?? '')?.length ?? 0;
      if (id !== undefined && count !== 1) yield `suspension ${suspension._id} has ${count} events ${action}`;
    }
  }
  for (const event of snapshot.events) {
    for (const fault of checkEvent(evidence, event, entries.get(event._id) ?? []))
      yield `event ${event._id} of ${event.by?.client_id}: ${fault}`;
  }
  for (const id of entries.keys()) if (!events.has(id)) yield `entries of ${id} have no event`;
  for (const [server, listed] of snapshot.listed.entries()) {
    for (const fault of checkListed(snapshot.events, listed)) yield `server ${server} lists events: ${fault}`;
  }
}

const OPERATIONS: Record<Call['kind'], string> = {
  one: 'revokeOAuthGrant',
  many: 'revokeOAuthGrants',
  preview: 'none',
  execution: 'revokeOAuthGrants',
  suspend: 'suspendOAuthGrant',
  restore: 'restoreOAuthGrant',
  me: 'revokeMeGrant',
  account: 'revokeMyAccountGrant',
};

function* checkEvent(
  { revocations, calls, snapshot }: Evidence,
  event: AuditEventRow,
  entries: AuditEntryRow[],
): Generator<string> {
  const isSuspension = event.action === 'suspend' || event.action === 'restore';
  const expected = isSuspension
    ? countsOfSuspension(snapshot.suspensions.find((one) => eventOf(one, event.action) === event._id))
    : countsOf(revocations.get(event._id));
  if (!expected) {
    yield 'it changed nothing';
    return;
  }
  const call = calls.get(event.by?.client_id ?? '');
  if (!call) yield 'nobody asked for it';
  else if (event.operation !== OPERATIONS[call.kind] || event.by?.user_id !== call.user_id)
    yield `it names ${event.operation} and ${event.by?.user_id}`;
  const { grants, revoked_tokens, revoked_consents } = event;
  if (!isDeepStrictEqual({ grants, revoked_tokens, revoked_consents }, expected.totals))
    yield `it counts ${JSON.stringify({ grants, revoked_tokens, revoked_consents })}, not ${JSON.stringify(expected.totals)}`;
  const counted = new Map(
    entries.map((entry) => [nameOf(entry), entry.revoked_tokens + entry.revoked_consents]),
  );
  if (counted.size !== entries.length) yield 'an entry is there twice';
  if (!isDeepStrictEqual(counted, expected.entries)) {
    const wrong = [...new Set([...counted.keys(), ...expected.entries.keys()])].filter(
      (name) => counted.get(name) !== expected.entries.get(name),
    );
    yield `its entries are wrong for ${wrong.slice(0, 3).join(' and ')}`;
  }
}

interface Counts {
  totals: { grants: number; revoked_tokens: number; revoked_consents: number };
  /** Rows by grant and consent. */
  entries: Map<string, number>;
}

function countsOfSuspension(suspension: Suspension | undefined): Counts | undefined {
  if (!suspension) return undefined;
  const entries = new Map([[`grant ${encodeGrantId(suspension.grant)}`, 0]]);
  return { totals: { grants: 1, revoked_tokens: 0, revoked_consents: 0 }, entries };
}

/** The event of the beginning of a suspension, or of its end; undefined if it has none. */
function eventOf(suspension: Suspension, action: string): string | undefined {
  if (action === 'restore') return suspension.restored_by;
  return suspension.ended === 'refused' ? undefined : suspension._id;
}

function countsOf(revocation: Revocation | undefined): Counts | undefined {
  if (!revocation) return undefined;
  const { tokens, consents } = revocation;
  const entries = new Map<string, number>();
  for (const row of tokens) {
    const name = `grant ${grantIdOf(row)}`;
    entries.set(name, (entries.get(name) ?? 0) + 1);
  }
  const grants = entries.size;
  for (const { _id } of consents) entries.set(`consent ${_id}`, 1);
  return { totals: { grants, revoked_tokens: tokens.length, revoked_consents: consents.length }, entries };
}

function nameOf({ _id }: AuditEntryRow): string {
  const { grant, consent } = _id;
  return grant ? `grant ${grantIdOf(grant)}` : `consent ${consent}`;
}

/** Each event once, newest first, with its counts. */
function* checkListed(stored: AuditEventRow[], { events }: Listed): Generator<string> {
  const ids = events.map(({ event_id }) => event_id);
  const listed = new Map(events.map((event) => [event.event_id, event]));
  if (listed.size !== ids.length) yield 'one is there twice';
  for (const { _id, revoked_tokens, revoked_consents, grants } of stored) {
    const event = listed.get(_id);
    if (!event) yield `${_id} is missing`;
    else if (
      event.revoked_tokens !== revoked_tokens ||
      event.revoked_consents !== revoked_consents ||
      event.grants !== grants
    )
      yield `${_id} has other counts`;
  }
  const known = new Set(stored.map(({ _id }) => _id));
  for (const id of ids) if (!known.has(id)) yield `${id} does not exist`;
  const isSorted = events.every((event, index) => index === 0 || event.at <= (events[index - 1]?.at ?? ''));
  if (!isSorted) yield 'they are not sorted';
}

function grouped<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
