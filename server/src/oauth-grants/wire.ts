import type { components } from '../generated/oauth-grants.ts';
import type { ListedEvent } from '../grants/audit/list.ts';
import type { ShownGrant } from '../grants/read-model/stored-grant.ts';
import { encodeGrantId } from '../grants/rows/identity.ts';
import type { FoundParties } from '../grants/search.ts';

/** A grant as the published page describes it: absent values are left out, never null. */
export function writeGrant(grant: ShownGrant): components['schemas']['OAuthGrant'] {
  const { user_name, user_email, last_used_at, expires_at } = grant;
  return {
    grant_id: encodeGrantId(grant),
    client_id: grant.client_id,
    client_name: grant.client_name,
    user_id: grant.user_id,
    ...(user_name === null ? {} : { user_name }),
    ...(user_email === null ? {} : { user_email }),
    account_id: grant.account_id,
    project_id: grant.project_id,
    resource: grant.resource,
    scope: grant.scope,
    status: grant.status,
    token_count: grant.token_count,
    granted_at: grant.granted_at.toISOString(),
    created_at: grant.created_at.toISOString(),
    ...(last_used_at === null ? {} : { last_used_at: last_used_at.toISOString() }),
    ...(expires_at === null ? {} : { expires_at: expires_at.toISOString() }),
  };
}

/** What an answer says of a grant beside what is published, where a request asks for it. */
export interface Beside {
  /** Until when it is suspended, if it is. */
  include_suspension: boolean;
  /** The names of projects by their ids. */
  projectNames?: ReadonlyMap<string, string> | undefined;
}

/** The same, with what is asked for beside it. */
export function writeGrantWith(
  grant: ShownGrant,
  { include_suspension, projectNames }: Beside,
): components['schemas']['OAuthGrant'] {
  const { suspended_until } = grant;
  const project_name = projectNames?.get(grant.project_id);
  return {
    ...writeGrant(grant),
    ...(project_name === undefined ? {} : { project_name }),
    ...(include_suspension && suspended_until !== undefined
      ? { suspended_until: suspended_until.toISOString() }
      : {}),
  };
}

/** Users and clients as the document describes them: absent values are left out, never null. */
export function writeFound({
  users,
  clients,
}: FoundParties): components['schemas']['OAuthGrantSearchResponse'] {
  const written = users.map(({ user_id, user_name, user_email }) => ({
    user_id,
    ...(user_name === null ? {} : { user_name }),
    ...(user_email === null ? {} : { user_email }),
  }));
  return { users: written, clients };
}

/** An audit event as the document describes it: absent values are left out, never null. */
export function writeEvent({
  event,
  counts,
  sample,
}: ListedEvent): components['schemas']['OAuthGrantAuditEvent'] {
  const { by, request_id, status, interrupted } = event;
  const filter = filterOf(event);
  const { grants, revoked_tokens, revoked_consents, deleted_tokens } = counts;
  return {
    event_id: event._id,
    at: event.at.toISOString(),
    action: event.action,
    reason: event.reason,
    operation: event.operation,
    by: {
      ...(by?.user_id == null ? {} : { user_id: by.user_id }),
      ...(by?.client_id == null ? {} : { client_id: by.client_id }),
    },
    ...(request_id == null ? {} : { request_id }),
    ...(filter && status ? { filter: { ...filter, status } } : {}),
    include_consent: event.include_consent,
    grants,
    revoked_tokens,
    revoked_consents,
    ...(event.action !== 'purge' || deleted_tokens == null ? {} : { deleted_tokens }),
    grant_ids: sample.map(encodeGrantId),
    ...(interrupted === true ? { interrupted } : {}),
  };
}

function filterOf({ filter, unused }: ListedEvent['event']) {
  if (!unused) return filter;
  return { ...unused, unused_since: unused.unused_since.toISOString() };
}
