import { isDeepStrictEqual } from 'node:util';
import type { AuditEntryRow, AuditEventRow } from '../../../server/src/database/collections.ts';
import { MAX_DELAY, RECEIVERS, type Receipt } from '../receiver.ts';
import { type Evidence, grantIdOf } from './evidence.ts';

/**
 * How long a fault is felt after it is over, in milliseconds: processes learn of cut connections late, and a receiver
 * that is late writes down when it answers.
 */
const AFTERMATH = 1_000 + MAX_DELAY;

/** What a message must say, by the audit trail. */
interface Expected {
  event: AuditEventRow;
  type: string;
  /** The grant or consent. */
  subject: string;
  data: Record<string, unknown>;
  /** How many tokens it says at most; undefined of a consent. */
  revoked_tokens: number | undefined;
}

/** Each receiver took one message for each change that it wants to hear of, and the changes of a grant in their order. */
export function* checkWebhooks({ history, snapshot }: Evidence): Generator<string> {
  const { receipts, faults } = history;
  const events = new Map(snapshot.events.map((event) => [event._id, event]));
  const all = new Map<string, Expected>();
  for (const entry of snapshot.entries) {
    const event = events.get(entry.event_id);
    if (!event) continue;
    const one = expectedOf(event, entry);
    all.set(changeOf(event._id, one.subject), one);
  }
  const blackouts = faults.filter(({ name }) => !/of clients/.test(name));
  const mayBeLost = (from: Receipt, until: Receipt) =>
    from.isSilent || blackouts.some((fault) => fault.from <= until.at && fault.to + AFTERMATH >= from.at);
  for (const { name, types } of RECEIVERS) {
    const expected = new Map([...all].filter(([, { type }]) => types?.includes(type) ?? true));
    const got = receipts.filter(({ receiver }) => receiver === name);
    const kept = snapshot.messages.filter(({ receiver }) => receiver === name);
    const faultsOf = function* () {
      for (const { webhook_id, isSigned } of got)
        if (!isSigned) yield `message ${webhook_id} has a wrong signature`;
      const taken = got.filter(({ isTaken }) => isTaken);
      yield* checkRepetitions(taken, mayBeLost);
      const firsts = [
        ...new Map(taken.toReversed().map((one) => [one.webhook_id, one])).values(),
      ].toReversed();
      yield* checkEach(firsts, expected);
      yield* checkOrder(firsts, expected, new Map(kept.map(({ id, number }) => [id, number])));
      for (const { id, state } of kept) if (state !== 'delivered') yield `message ${id} is ${state}`;
    };
    for (const fault of faultsOf()) yield `receiver ${name}: ${fault}`;
  }
}

function* checkRepetitions(
  taken: Receipt[],
  mayBeLost: (from: Receipt, until: Receipt) => boolean,
): Generator<string> {
  const latest = new Map<string, Receipt>();
  for (const receipt of taken) {
    const { webhook_id } = receipt;
    const before = latest.get(webhook_id);
    if (before && !mayBeLost(before, receipt))
      yield `message ${webhook_id} came again, and its answer cannot have been lost`;
    if (before && !isDeepStrictEqual(before.message, receipt.message))
      yield `message ${webhook_id} came again with other words`;
    latest.set(webhook_id, receipt);
  }
}

/** No change is missing, none has two messages, and none is there that the audit trail does not know. */
function* checkEach(firsts: Receipt[], expected: Map<string, Expected>): Generator<string> {
  const told = new Map<string, string>();
  for (const { webhook_id, message } of firsts) {
    const change = changeIn(message);
    const one = expected.get(change);
    if (!one) {
      yield `message ${webhook_id} tells of what nobody did: ${message.type} ${change}`;
      continue;
    }
    const other = told.get(change);
    if (other) yield `${change} has two messages, ${other} and ${webhook_id}`;
    told.set(change, webhook_id);
    const { revoked_tokens, resource, scope, grant_id, consent_id, ...data } = message.data;
    const isRight =
      message.type === one.type &&
      message.timestamp === one.event.at.toISOString() &&
      isDeepStrictEqual(data, one.data) &&
      // Tokens that a revocation found later are counted in the audit trail alone.
      (one.revoked_tokens === undefined || Number(revoked_tokens) <= one.revoked_tokens);
    if (!isRight) yield `message ${webhook_id} is wrong: ${JSON.stringify(message)}`;
  }
  for (const [change, { type }] of expected) if (!told.has(change)) yield `${type} ${change} was never told`;
}

/** By the numbers of the outbox; and what was asked for once another was finished comes after it. */
function* checkOrder(
  firsts: Receipt[],
  expected: Map<string, Expected>,
  numbers: Map<string, number>,
): Generator<string> {
  const before = new Map<string, { webhook_id: string; event: AuditEventRow }[]>();
  for (const { webhook_id, message } of firsts) {
    const { event, subject } = expected.get(changeIn(message)) ?? {};
    if (!event || !subject) continue;
    const earlier = before.get(subject) ?? [];
    before.set(subject, [...earlier, { webhook_id, event }]);
    for (const one of earlier) {
      const isLate = event.finished_at && event.finished_at < one.event.at;
      if (isLate || Number(numbers.get(one.webhook_id)) > Number(numbers.get(webhook_id)))
        yield `message ${webhook_id} of ${subject} came after ${one.webhook_id}`;
    }
  }
}

const PAST: Record<string, string> = { revoke: 'revoked', suspend: 'suspended', restore: 'restored' };

function expectedOf(event: AuditEventRow, entry: AuditEntryRow): Expected {
  const { grant, consent } = entry._id;
  const { client_id, user_id, account_id, project_id } = entry;
  const by = { user_id: event.by?.user_id ?? null, client_id: event.by?.client_id ?? null };
  const { _id: event_id, reason, operation } = event;
  return {
    event,
    type: `${grant ? 'grant' : 'consent'}.${PAST[event.action]}`,
    subject: grant ? grantIdOf(grant) : String(consent),
    data: { event_id, client_id, user_id, account_id, project_id, reason, operation, by },
    revoked_tokens: grant ? entry.revoked_tokens : undefined,
  };
}

function changeOf(event_id: unknown, subject: unknown): string {
  return `${event_id} ${subject}`;
}

function changeIn({ data }: Receipt['message']): string {
  return changeOf(data.event_id, data.grant_id ?? data.consent_id);
}
