import { createHash } from 'node:crypto';
import type { AuditEntryRow, AuditEventRow } from '../database/collections.ts';
import { type ConsentId, writeConsentId } from '../grants/rows/consent-ids.ts';
import { encodeGrantId, type GrantIdentity } from '../grants/rows/identity.ts';

/** The types of messages that a receiver can ask for. */
export const MESSAGE_TYPES = [
  'grant.revoked',
  'grant.suspended',
  'grant.restored',
  'consent.revoked',
] as const;

/** A message, the same for all receivers. */
export interface Message {
  /** The `webhook-id`: the same whenever, and by whichever server, it is made. */
  id: string;
  type: string;
  /** A hash of the grant or consent. */
  key: string;
  /** JSON. */
  body: string;
}

/** An entry of the audit trail, as read with `AS_STORED`. */
export type StoredEntry = Omit<AuditEntryRow, '_id'> & {
  _id: { event: string; grant?: GrantIdentity; consent?: ConsentId };
};

/**
 * The message that says what an event did to one grant or consent. It holds ids, and neither names nor addresses.
 *
 * @returns undefined for an entry of neither
 */
export function messageOf(event: AuditEventRow, entry: StoredEntry): Message | undefined {
  const subject = subjectOf(entry);
  if (!subject) return undefined;
  const { kind, id, values } = subject;
  const { client_id, user_id, account_id, project_id } = entry;
  const type = `${kind}.${pastOf(event.action)}`;
  const data = {
    event_id: event._id,
    [`${kind}_id`]: id,
    client_id,
    user_id,
    account_id,
    project_id,
    ...values,
    reason: event.reason,
    operation: event.operation,
    by: { user_id: event.by?.user_id ?? null, client_id: event.by?.client_id ?? null },
  };
  return {
    id: `msg_${hashOf([event._id, kind, id])}`,
    type,
    key: hashOf([kind, id]),
    body: bodyOf(type, event.at, data),
  };
}

/** The body of a message, by Standard Webhooks. */
export function bodyOf(type: string, at: Date, data: object): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}

function subjectOf({ _id, revoked_tokens }: StoredEntry) {
  const { grant, consent } = _id;
  if (grant !== undefined) {
    const { resource, scope } = grant;
    const values = { resource, scope, revoked_tokens: Number(revoked_tokens) };
    return { kind: 'grant', id: encodeGrantId(grant), values };
  }
  if (consent !== undefined) return { kind: 'consent', id: writeConsentId(consent), values: {} };
  return undefined;
}

/** `revoke` has been `revoked`, `suspend` `suspended`: an action that is added needs no change here. */
function pastOf(action: string): string {
  return action.endsWith('e') ? `${action}d` : `${action}ed`;
}

function hashOf(values: string[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}
