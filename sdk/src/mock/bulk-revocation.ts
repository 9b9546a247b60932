import type { OAuthGrant, OAuthGrantAuditEvent, OAuthGrantRevokeResponse } from '../generated/types.gen.ts';
import { newKey } from '../idempotency.ts';
import type { Call, Handlers } from './call.ts';
import { FILTERS, type Filter, isUnusedSince, matches, outside, rankOf, visibleTo } from './caller.ts';
import { order } from './grant-order.ts';
import { isGrantId, shown } from './grants.ts';
import { bodyOf } from './json-body.ts';
import { momentFault } from './request.ts';
import { consentsOf, countRevoked, revoke } from './revocation.ts';
import type { Preview } from './state.ts';

type Bulk = Call<'revokeOAuthGrants'>;
type Status = NonNullable<OAuthGrantAuditEvent['filter']>['status'];

/** How long a preview can be executed, in milliseconds, and how many of them are kept. */
const PREVIEW_LASTS = 10 * 60 * 1_000;
const MAX_PREVIEWS = 10;
const MAX_SHOWN = 10;

/** What is to be revoked. */
type Choice = Pick<Preview, 'choose' | 'filter' | 'include_consent'>;

/** The bulk revocation of OAuth Grants, and its previews. */
export const bulkHandlers: Handlers<'revokeOAuthGrants'> = {
  revokeOAuthGrants(call) {
    const body = bodyOf(call);
    const unknown = Object.keys(body).find((name) => !isAllowed(name, body));
    if (unknown !== undefined) {
      const detail = 'is not a key that may be sent here';
      throw call.invalid({ in: 'body', field: `/${unknown}`, detail });
    }
    if ('preview_token' in body) return { status: 200, body: execute(call, body.preview_token) };
    const choice = 'grant_ids' in body ? byIds(call, body) : byFilters(call, body);
    if (body.dry_run === true) return { status: 200, body: preview(call, choice), changed: false };
    return { status: 200, body: revokeChosen(call, choice, choice.choose()) };
  },
};

type Body = Record<string, unknown>;

/** Whether a key may stand beside the others. */
function isAllowed(name: string, body: Body): boolean {
  if ('preview_token' in body) return name === 'preview_token';
  if (name === 'include_consent' || name === 'dry_run') return true;
  return 'grant_ids' in body ? name === 'grant_ids' : [...FILTERS, 'status', 'unused_since'].includes(name);
}

function revokeChosen(call: Bulk, choice: Choice, grants: OAuthGrant[]): OAuthGrantRevokeResponse {
  const { include_consent, filter } = choice;
  const consents = consentsToRevoke(call, choice, grants);
  return revoke(call, grants, consents, { include_consent, ...(filter && { filter }) });
}

function consentsToRevoke(
  { state, caller }: Bulk,
  { include_consent }: Choice,
  grants: OAuthGrant[],
): string[] {
  return include_consent ? consentsOf(state, grants, caller.user_id) : [];
}

function byIds(call: Bulk, body: Body): Choice {
  const { grant_ids } = body;
  if (!Array.isArray(grant_ids) || grant_ids.length === 0) {
    throw call.invalid({ in: 'body', field: '/grant_ids', detail: 'must be an array of at least one id' });
  }
  const { data } = call.state;
  const known = new Map(data.grants.map((grant) => [grant.grant_id, grant]));
  const fieldsWhere = (isWrong: (id: unknown) => boolean, detail: string) =>
    grant_ids.flatMap((id, index) =>
      isWrong(id) ? [{ in: 'body' as const, field: `/grant_ids/${index}`, detail }] : [],
    );
  const isId = (id: unknown) => typeof id === 'string' && (known.has(id) || isGrantId(id));
  const bad = fieldsWhere((id) => !isId(id), 'is not a grant id; send one exactly as this API gave it');
  if (bad.length > 0) throw call.refuse(400, 'bad_grant_id', { errors: bad });
  const visible = visibleTo(call.caller);
  const isSeen = (id: unknown) => {
    const grant = known.get(String(id));
    return grant !== undefined && matches(grant, visible);
  };
  const unseen = fieldsWhere((id) => !isSeen(id), 'there is no such grant');
  if (unseen.length > 0) throw call.refuse(404, 'grant_not_found', { errors: unseen });
  const choose = () => data.grants.filter((grant) => grant_ids.includes(grant.grant_id));
  return { include_consent: body.include_consent === true, choose };
}

function byFilters(call: Bulk, body: Body): Choice {
  const filters: Filter = {};
  for (const name of FILTERS) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '') {
      throw call.invalid({ in: 'body', field: `/${name}`, detail: 'must be text that is not empty' });
    }
    filters[name] = value;
  }
  if (Object.keys(filters).length === 0) throw call.refuse(400, 'nothing_chosen');
  const status = statusOf(call, body.status);
  const unused_since = momentOf(call, body.unused_since);
  const { caller, state } = call;
  const beyond = outside(caller, filters, 'body');
  if (beyond) throw call.refuse(403, 'outside_filter', beyond);
  const narrowed = { ...filters, ...visibleTo(caller), account_id: caller.account_id };
  return {
    include_consent: body.include_consent === true,
    filter: { ...narrowed, status, ...(unused_since !== undefined && { unused_since }) },
    choose: () =>
      state.data.grants.filter(
        (grant) =>
          matches(grant, narrowed) &&
          (status === 'all' || grant.status === status) &&
          isUnusedSince(grant, unused_since),
      ),
  };
}

function statusOf(call: Bulk, value: unknown = 'active'): Status {
  const statuses: Status[] = ['active', 'revoked', 'expired', 'all'];
  const status = statuses.find((one) => one === value);
  if (status) return status;
  const detail = `must be equal to one of the allowed values: ${statuses.join(', ')}`;
  throw call.invalid({ in: 'body', field: '/status', detail });
}

function momentOf(call: Bulk, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const fault = (detail: string) => call.invalid({ in: 'body', field: '/unused_since', detail });
  if (typeof value !== 'string') throw fault('must be string');
  const detail = momentFault(value);
  if (detail !== undefined) throw fault(detail);
  const now = new Date(call.now).toISOString();
  if (Date.parse(value) > call.now) throw fault(`must not be in the future; it is ${now} now`);
  return new Date(value).toISOString();
}

function preview(call: Bulk, choice: Choice) {
  const { caller, state, now } = call;
  const grants = choice
    .choose()
    .sort(order({ filter: {}, status: 'all', sort_by: 'granted_at', sort_order: 'desc' }));
  const made: Preview = {
    ...choice,
    // The document's pattern: three parts, as a signed token has them.
    token: `mock.${newKey().replaceAll('.', '')}.preview`,
    caller,
    found: new Map(grants.map(({ grant_id, status }) => [grant_id, status])),
    expires_at: now + PREVIEW_LASTS,
  };
  state.previews = [...state.previews, made].slice(-MAX_PREVIEWS * 2);
  const counts = countRevoked(state, grants, consentsToRevoke(call, choice, grants));
  return {
    grants: grants.length,
    tokens: counts.revoked_tokens,
    consents: counts.revoked_consents,
    sample: grants.slice(0, MAX_SHOWN).map(shown({ include_suspension: false, include_project_name: false })),
    preview_token: made.token,
    expires_at: new Date(made.expires_at).toISOString(),
  };
}

function execute(call: Bulk, token: unknown): OAuthGrantRevokeResponse {
  const { previews } = call.state;
  const made = previews.find((one) => one.token === token);
  if (made?.caller.user_id !== call.caller.user_id) throw call.refuse(400, 'bad_preview_token');
  if (rankOf(call.caller) < rankOf(made.caller)) throw call.refuse(403, 'fewer_permissions');
  if (made.executed) {
    const { revoked_tokens, revoked_consents } = made.executed;
    const counts = `${counted(revoked_tokens, 'token')} and ${counted(revoked_consents, 'consent')}`;
    const detail = `This preview was executed before, and revoked ${counts}. This request changed nothing.`;
    throw call.refuse(409, 'preview_executed', { detail });
  }
  const isReplaced = previews.length - previews.indexOf(made) > MAX_PREVIEWS;
  if (isReplaced || made.expires_at <= call.now) throw call.refuse(410, 'preview_expired');
  const grants = made.choose();
  refuseChanges(call, made, grants);
  made.executed = revokeChosen(call, made, grants);
  return made.executed;
}

/** Throws the 409 where the grants are not those of the preview. */
function refuseChanges(call: Bulk, { found }: Preview, grants: OAuthGrant[]): void {
  const ids = grants.map(({ grant_id }) => grant_id);
  const added = ids.filter((id) => !found.has(id));
  const removed = [...found.keys()].filter((id) => !ids.includes(id));
  const others = grants.filter(
    ({ grant_id, status }) => found.has(grant_id) && found.get(grant_id) !== status,
  );
  const grant_ids = [...added, ...removed, ...others.map(({ grant_id }) => grant_id)].slice(0, MAX_SHOWN);
  if (grant_ids.length === 0) return;
  const changes = { added: added.length, removed: removed.length, other_status: others.length, grant_ids };
  const parts = [
    added.length > 0
      ? [`${counted(added.length, 'grant')} ${added.length === 1 ? 'was' : 'were'} added`]
      : [],
    removed.length > 0
      ? [`${counted(removed.length, 'grant')} ${removed.length === 1 ? 'was' : 'were'} removed`]
      : [],
    others.length > 0 ? [`${counted(others.length, 'grant')} got another status`] : [],
  ];
  const detail = `Since the preview, ${parts.flat().join(', ')}. Nothing was changed; ask for a new preview.`;
  throw call.refuse(409, 'preview_changed', { detail, changes });
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
