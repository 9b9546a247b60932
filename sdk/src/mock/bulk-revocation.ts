import type {
  OAuthGrant,
  OAuthGrantRevokeResponse,
  RevokeMatchingGrants,
  RevokeSelectedGrants,
} from '../generated/types.gen.ts';
import { newKey } from '../idempotency.ts';
import type { Call, Handlers } from './call.ts';
import { FILTERS, type Filter, isUnusedSince, matches, outside, rankOf, visibleTo } from './caller.ts';
import { identityIn } from './grant-id.ts';
import { order } from './grant-order.ts';
import { shown } from './grants.ts';
import { consentsOf, countRevoked, revoke } from './revocation.ts';
import type { Preview } from './state.ts';

type Bulk = Call<'revokeOAuthGrants'>;

/** How long a preview can be executed, in milliseconds, and how many of them are kept. */
const PREVIEW_LASTS = 10 * 60 * 1_000;
const MAX_PREVIEWS = 10;
const MAX_SHOWN = 10;

/** What is to be revoked. */
type Choice = Pick<Preview, 'choose' | 'filter' | 'include_consent'>;

/** The bulk revocation of OAuth Grants, and its previews. */
export const bulkHandlers: Handlers<'revokeOAuthGrants'> = {
  revokeOAuthGrants(call) {
    const { body } = call;
    if ('preview_token' in body) {
      return call.once(() => ({ status: 200, body: execute(call, body.preview_token) }));
    }
    const choose = 'grant_ids' in body ? () => byIds(call, body) : byFilters(call, body);
    // The types of what is sent have it nowhere: who asks for a preview gets another answer.
    if ('dry_run' in body && body.dry_run === true) return { status: 200, body: preview(call, choose()) };
    return call.once(() => {
      const choice = choose();
      return { status: 200, body: revokeChosen(call, choice, choice.choose()) };
    });
  },
};

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

function byIds(call: Bulk, { grant_ids, include_consent = false }: RevokeSelectedGrants): Choice {
  const { data } = call.state;
  const known = new Map(data.grants.map((grant) => [grant.grant_id, grant]));
  const fieldsWhere = (isWrong: (id: string) => boolean, detail: string) =>
    grant_ids.flatMap((id, index) =>
      isWrong(id) ? [{ in: 'body' as const, field: `/grant_ids/${index}`, detail }] : [],
    );
  const isId = (id: string) => known.has(id) || identityIn(id) !== undefined;
  const bad = fieldsWhere((id) => !isId(id), 'is not a grant id; send one exactly as this API gave it');
  if (bad.length > 0) throw call.refuse(400, 'bad_grant_id', { errors: bad });
  const visible = visibleTo(call.caller);
  const isSeen = (id: string) => {
    const grant = known.get(id);
    return grant !== undefined && matches(grant, visible);
  };
  const unseen = fieldsWhere((id) => !isSeen(id), 'there is no such grant');
  if (unseen.length > 0) throw call.refuse(404, 'grant_not_found', { errors: unseen });
  const choose = () => data.grants.filter((grant) => grant_ids.includes(grant.grant_id));
  return { include_consent, choose };
}

/** Looks at the filters at once, and gives what they choose. */
function byFilters(call: Bulk, body: RevokeMatchingGrants): () => Choice {
  const { status = 'active', include_consent = false } = body;
  const given = FILTERS.filter((name) => body[name] !== undefined);
  const filters: Filter = Object.fromEntries(given.map((name) => [name, body[name]]));
  const { caller, state } = call;
  const beyond = outside(caller, filters, 'body');
  if (beyond) throw call.refuse(403, 'outside_filter', beyond);
  const unused_since = momentOf(call, body.unused_since);
  const narrowed = { ...filters, ...visibleTo(caller), account_id: caller.account_id };
  const choice: Choice = {
    include_consent,
    filter: { ...narrowed, status, ...(unused_since !== undefined && { unused_since }) },
    choose: () =>
      state.data.grants.filter(
        (grant) =>
          matches(grant, narrowed) &&
          (status === 'all' || grant.status === status) &&
          isUnusedSince(grant, unused_since),
      ),
  };
  return () => choice;
}

function momentOf(call: Bulk, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (Date.parse(value) <= call.now) return new Date(value).toISOString();
  const detail = `must not be in the future; it is ${new Date(call.now).toISOString()} now`;
  throw call.invalid({ in: 'body', field: '/unused_since', detail });
}

function preview(call: Bulk, choice: Choice) {
  const { caller, state, now } = call;
  const grants = choice.choose().sort(order({ sort_by: 'granted_at', sort_order: 'desc' }));
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

function execute(call: Bulk, token: string): OAuthGrantRevokeResponse {
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
