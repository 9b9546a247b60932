import type { OAuthGrantAuditEvent } from '@grantkeeper/sdk';
import { hostOf } from '../shared/app-name.ts';
import { exactly } from '../shared/time.tsx';
import { count } from '../shared/words.ts';
import type { Names } from './names.ts';

/** How much of an id is shown where it has no name. */
const SHORT = 8;

/** Ids that nobody reads: numbers, or longer than a line has room for. */
const UNREADABLE = /^[\da-f-]{16,}$|^.{40}/i;

/** An id as far as eyes need it. Show the whole of it in a `title`, or let it be copied. */
export function shortened(id: string): string {
  const name = hostOf(id);
  return UNREADABLE.test(name) ? `${name.slice(0, SHORT)}…` : name;
}

const DONE = { revoke: 'Revoked', suspend: 'Suspended', restore: 'Restored' } as const;

/** What happened, in a few words: "Revoked 3 grants". */
export function whatOf(event: OAuthGrantAuditEvent): string {
  const { action, grants, revoked_consents, deleted_tokens = 0 } = event;
  if (action === 'purge') return `Deleted ${count(deleted_tokens, 'token')}`;
  if (grants === 0) return `Revoked ${count(revoked_consents, 'consent')}`;
  return `${DONE[action]} ${count(grants, 'grant')}`;
}

/** What happened to one of an event's grants. */
export function whatOfOne({ action, grants }: OAuthGrantAuditEvent): string {
  if (action === 'purge') return 'Tokens deleted';
  if (grants === 0) return 'Consent revoked';
  return grants === 1 ? DONE[action] : `${DONE[action]} with ${count(grants - 1, 'other grant')}`;
}

/** How many rows an event changed, where what happened does not say it already; else empty. */
export function amountOf({ action, grants, revoked_tokens, revoked_consents }: OAuthGrantAuditEvent): string {
  if (action === 'purge') return 'expired, or revoked long ago';
  if (grants === 0 || action !== 'revoke') return '';
  return `${count(revoked_tokens, 'token')}, ${count(revoked_consents, 'consent')}`;
}

const REASONS = new Map([
  ['requested', 'Requested'],
  ['reuse', 'A refresh token was used twice: it may have been stolen'],
  ['logout', 'The session ended'],
  ['suspension-over', 'Nobody restored it in time'],
  ['retention', 'No longer needed'],
]);

/** Why it happened. Other authorization servers have reasons of their own, which stay as they are. */
export function whyOf({ reason }: OAuthGrantAuditEvent): string {
  return REASONS.get(reason) ?? reason;
}

/** A part of a sentence; the id that it is about, where it has one. */
export type Part = { text: string; id?: string };

/** What a bulk revocation selected: "Every active grant of Michael Vachette to Claude Code". */
export function selectionOf(filter: NonNullable<OAuthGrantAuditEvent['filter']>, names: Names): Part[] {
  const { status, user_id, client_id, resource, project_id, unused_since } = filter;
  const parts: (Part | false)[] = [
    user_id !== undefined && { text: `of ${names.user(user_id) ?? shortened(user_id)}`, id: user_id },
    client_id !== undefined && {
      text: `to ${names.client(client_id) ?? shortened(client_id)}`,
      id: client_id,
    },
    resource !== undefined && { text: `for ${resource.replace(/^https:\/\/|\/$/g, '')}`, id: resource },
    project_id !== undefined && {
      text: `in the project ${names.project(project_id) ?? shortened(project_id)}`,
      id: project_id,
    },
  ];
  const narrowed = parts.filter((part) => part !== false);
  return [
    { text: status === 'all' ? 'Every grant' : `Every ${status} grant` },
    ...(narrowed.length > 0 ? narrowed : [{ text: 'in the account' }]),
    ...(unused_since === undefined ? [] : [{ text: `not used since ${exactly(unused_since)}` }]),
  ];
}

/** Commands that an operator runs on the server. */
const COMMANDS = ['purge', 'revoke'];

/** What acted, where no signed-in person did. */
export function actorOf({ reason, by, operation }: OAuthGrantAuditEvent, names: Names): string {
  if (COMMANDS.includes(operation)) return 'A command';
  if (by.client_id !== undefined && reason === 'requested')
    return names.client(by.client_id) ?? shortened(by.client_id);
  return operation === 'token' || reason !== 'requested' ? 'Authorization server' : 'A program';
}
