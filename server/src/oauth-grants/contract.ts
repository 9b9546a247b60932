import type { components, operations } from '../generated/oauth-grants.ts';
import { findGrant, listGrants } from '../grants/listing.ts';
import { readProjectNames } from '../grants/project-names.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import type { ShownGrant } from '../grants/read-model/stored-grant.ts';
import { countRevoked, type RevocationOptions, type Revoked } from '../grants/revocation/batch.ts';
import { revokeMatchingGrants } from '../grants/revocation/by-filter.ts';
import { revokeGrants } from '../grants/revocation/by-identity.ts';
import { restoreGrant, suspendGrant } from '../grants/revocation/suspend.ts';
import { searchParties } from '../grants/search.ts';
import type { Principal } from '../http/bearer.ts';
import type { Contract } from '../http/contract.ts';
import { Failure } from '../http/failure.ts';
import type { Attempt } from '../http/idempotency.ts';
import { problemDetails } from '../http/problem.ts';
import { narrow, rankOf, visibleGrants } from './access.ts';
import { listEvents } from './audit.ts';
import { badQuery } from './bad-query.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { mustExist, readGrantId, readGrantIds, unknownGrant } from './grant-ids.ts';
import { inSlices } from './in-slices.ts';
import { readMoment } from './moment.ts';
import { type ChosenGrants, execute, preview } from './preview.ts';
import { type Beside, writeFound, writeGrantWith } from './wire.ts';

/** The OAuth Grants document and what serves it. */
export function oauthGrants(model: GrantModel, stopping: AbortSignal): Contract<operations> {
  const { clock } = model;
  /**
   * Revokes as `revoke` says. The answer to a request with a key is repeated, and has to be the whole: it counts what
   * all attempts have changed, and the servers that finished a batch of one.
   */
  const revoking = async (
    { id, hasKey }: Attempt,
    options: Pick<RevocationOptions, 'asked' | 'include_consent'>,
    revoke: (options: RevocationOptions) => Promise<Revoked>,
  ): Promise<{ status: 200; body: Revoked }> => {
    const revoked = await revoke({ ...options, id, now: clock(), stopping });
    return { status: 200, body: hasKey ? await countRevoked(model.store, id) : revoked };
  };
  return {
    document: 'oauth-grants',
    basePaths: ['/api/v1'],
    errors: problemDetails,
    // A thousand grant ids of the usual length are half a megabyte; ids with URLs as client ids are longer.
    bodyLimit: 4 * 1024 * 1024,
    authorize: (principal) => void visibleGrants(principal),
    operations: {
      async listOAuthGrants({ query, principal }) {
        const { status, limit, offset, cursor, sort_by, sort_order, ...others } = query;
        const { include_suspension, include_project_name, unused_since: since, ...filters } = others;
        const isContinued = cursor !== undefined && cursor !== FIRST_PAGE;
        if (isContinued && offset > 0) throw badQuery('offset', OFFSET_BESIDE_CURSOR);
        const filter = narrow(visibleGrants(principal), filters, 'query');
        const unused_since = readMoment('query', 'unused_since', since);
        const list = { filter, unused_since, status, sort_by, sort_order };
        const after = isContinued ? decodeCursor(list, cursor) : undefined;
        const { grants, total_count, end } = await listGrants(model, { ...list, limit, offset, after });
        const beside = await readBeside(model, grants, { include_suspension, include_project_name });
        const write = (grant: ShownGrant) => writeGrantWith(grant, beside);
        const written = await inSlices(grants, write, { slice: GRANTS_AT_ONCE, sizeOf: () => 1 });
        const page = { grants: written, total_count, limit, offset };
        // The published page has four fields: only clients that ask for a cursor get a fifth.
        const next = cursor !== undefined && end ? { next_cursor: encodeCursor(list, end) } : {};
        return { status: 200, body: { ...page, ...next } };
      },

      listOAuthGrantAuditEvents: (input) => listEvents(model, input),

      async searchOAuthGrants({ body, principal }) {
        const { query, limit = SEARCH_LIMIT } = body;
        const found = await searchParties(model, { filter: visibleGrants(principal), query, limit });
        return { status: 200, body: writeFound(found), changed: false };
      },

      async getOAuthGrant({ params, query, principal }) {
        const identity = readGrantId(params.grant_id, visibleGrants(principal));
        const grant = await findGrant(model, identity);
        if (!grant) throw unknownGrant();
        return { status: 200, body: writeGrantWith(grant, await readBeside(model, [grant], query)) };
      },

      async revokeOAuthGrant({ params, query, principal, asked, once }) {
        const identity = readGrantId(params.grant_id, visibleGrants(principal));
        return once(async (attempt) => {
          await mustExist(model, identity);
          const options = { ...query, asked };
          return revoking(attempt, options, (all) => revokeGrants(model, [identity], all));
        });
      },

      async suspendOAuthGrant({ params, principal, asked, once }) {
        const identity = readGrantId(params.grant_id, visibleGrants(principal));
        return once(async ({ id }) => {
          await mustExist(model, identity);
          const until = await suspendGrant(model, identity, {
            id,
            asked,
            rank: rankOf(principal),
            now: clock(),
          });
          if (!until) throw new Failure('grant-not-active', NOT_ACTIVE);
          return { status: 200, body: { suspended_until: until.toISOString() } };
        });
      },

      async restoreOAuthGrant({ params, principal, asked, once }) {
        const identity = readGrantId(params.grant_id, visibleGrants(principal));
        return once(async ({ id }) => {
          await mustExist(model, identity);
          const outcome = await restoreGrant(model, identity, {
            id,
            asked,
            rank: rankOf(principal),
            now: clock(),
          });
          if (outcome === 'not-yours') throw new Failure('suspended-by-admin', NOT_YOURS);
          if (outcome !== 'restored') throw new Failure('grant-not-suspended', NOT_RESTORED[outcome]);
          return { status: 204 };
        });
      },

      async revokeOAuthGrants({ body, principal, asked, once }) {
        if (body.preview_token !== undefined) {
          const { preview_token } = body;
          return once(async ({ id }) => {
            const options = { id, asked, now: clock(), stopping };
            return { status: 200, body: await execute(model, preview_token, principal, options) };
          });
        }
        const choose = choosing(model, body, principal);
        const { include_consent = false, dry_run = false } = body;
        if (dry_run) {
          const options = { id: model.newId(), asked, include_consent, now: clock(), stopping };
          return {
            status: 200,
            body: await preview(model, await choose(), principal, options),
            changed: false,
          };
        }
        return once((attempt) =>
          revoking(attempt, { include_consent, asked }, async (options) =>
            revokeChosen(model, await choose(), options),
          ),
        );
      },
    },
  };
}

/** What a request asks for beside the published fields of grants. */
async function readBeside(
  model: GrantModel,
  grants: ShownGrant[],
  {
    include_suspension,
    include_project_name,
  }: { include_suspension: boolean; include_project_name: boolean },
): Promise<Beside> {
  const projectNames = include_project_name ? await readProjectNames(model, grants) : undefined;
  return { include_suspension, projectNames };
}

/** The `cursor` of a client that has none yet and wants one for the page it asks for. */
const FIRST_PAGE = 'first';

const OFFSET_BESIDE_CURSOR = 'must not be sent together with a cursor, which says where the page begins';

const NOT_ACTIVE =
  'Only an active grant can be suspended. This one has no live token, or is being revoked. Nothing was changed.';

const NOT_YOURS =
  'An admin suspended this grant, and this access token has a narrower permission. Nothing was changed; ask an admin to restore it.';

const NOT_RESTORED = {
  'not-suspended': 'This grant is not suspended, or no longer is. Nothing was changed.',
  over: 'It is too late to restore this grant: nobody did before suspended_until, so it is revoked. Nothing was changed.',
} as const;

/** How many users, and how many clients, a search finds by default: the document's default. */
const SEARCH_LIMIT = 10;

/** How many grants are written at once: it takes a few milliseconds. */
const GRANTS_AT_ONCE = 100;

type RevokeRequest = components['schemas']['RevokeSelectedGrants' | 'RevokeMatchingGrants'];

/**
 * Says which grants the body names, or what its filters select; looks up the named ones only when it is asked.
 *
 * @throws Failure 403 at once for a filter that reaches outside of what is visible; 400 for a moment to come
 */
function choosing(model: GrantModel, body: RevokeRequest, principal: Principal): () => Promise<ChosenGrants> {
  const visible = visibleGrants(principal);
  const { grant_ids } = body;
  if (grant_ids) {
    return async () => ({
      filter: visible,
      status: 'all',
      identities: await readGrantIds(model, grant_ids, visible),
    });
  }
  const { status = 'active', unused_since: since, include_consent: _, dry_run: __, ...filters } = body;
  const filter = narrow(visible, filters, 'body');
  const unused_since = readMoment('body', 'unused_since', since, { now: model.clock() });
  return async () => ({ filter, status, unused_since });
}

function revokeChosen(
  model: GrantModel,
  { identities, ...selection }: ChosenGrants,
  options: RevocationOptions,
): Promise<Revoked> {
  if (identities) return revokeGrants(model, identities, options);
  return revokeMatchingGrants(model, selection, options);
}
