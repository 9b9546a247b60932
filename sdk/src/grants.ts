import { type Call, type CallOptions, keyOf, type RevokeOptions } from './call.ts';
import {
  getOAuthGrant,
  listOAuthGrantAuditEvents,
  listOAuthGrants,
  restoreOAuthGrant,
  revokeOAuthGrant,
  revokeOAuthGrants,
  searchOAuthGrants,
  suspendOAuthGrant,
} from './generated/sdk.gen.ts';
import type {
  ListOAuthGrantAuditEventsData,
  OAuthGrant,
  OAuthGrantAuditEvent,
  OAuthGrantAuditEventListResponse,
  OAuthGrantListResponse,
  OAuthGrantRevocationPreview,
  OAuthGrantRevokeResponse,
  OAuthGrantSearchRequest,
  OAuthGrantSearchResponse,
  OAuthGrantSuspension,
  RevokeOAuthGrantData,
} from './generated/types.gen.ts';
import { firstGrantsPage, type GrantsQuery, nextGrantsPage } from './paging.ts';
import { previewOAuthGrantsRevocation, type RevokeMany } from './previews.ts';

/** Filters and the page of a list of audit events. */
export type AuditEventsQuery = NonNullable<ListOAuthGrantAuditEventsData['query']>;

/** OAuth Grants: the grants that the token's permissions let it see. Failures are OAuthGrantsErrors. */
export interface Grants {
  /** One page of grants. `GET /api/v1/oauth-grants` */
  list(query?: GrantsQuery, options?: CallOptions): Promise<OAuthGrantListResponse>;
  /**
   * Every grant that matches, page after page, each asked for when it is needed. Break off at any time. Grants that
   * come or go between two pages shift no other. `GET /api/v1/oauth-grants`
   *
   * @param query as for `list`; `limit` is the size of a page, and `offset` where to begin
   */
  listAll(query?: GrantsQuery, options?: CallOptions): AsyncGenerator<OAuthGrant, void, undefined>;
  /**
   * The users and clients of the grants, whatever their status, found by the beginnings of words of a name or an e-mail, or
   * by id; the best first. For a field in which a person types: abort the `signal` of the call before when the next one is
   * made. `POST /api/v1/oauth-grants/search`
   */
  search(what: OAuthGrantSearchRequest, options?: CallOptions): Promise<OAuthGrantSearchResponse>;
  /** One grant, whatever its status. `GET /api/v1/oauth-grants/{grant_id}` */
  get(grantId: string, options?: CallOptions): Promise<OAuthGrant>;
  /**
   * Revokes one grant, with its consents where `include_consent` says so. Doing it again is safe; another call answers
   * zeros.
   * `DELETE /api/v1/oauth-grants/{grant_id}`
   */
  revoke(
    grantId: string,
    query?: RevokeOAuthGrantData['query'],
    options?: RevokeOptions,
  ): Promise<OAuthGrantRevokeResponse>;
  /**
   * Suspends one grant: no token of it is issued until it is restored. If nobody restores it in time, it is revoked.
   * `POST /api/v1/oauth-grants/{grant_id}/suspend`
   *
   * @returns until when it can be restored
   */
  suspend(grantId: string, options?: RevokeOptions): Promise<OAuthGrantSuspension>;
  /**
   * Restores a suspended grant: its tokens work again. Rejects with the code `grant-not-suspended` if it is too late.
   * `POST /api/v1/oauth-grants/{grant_id}/restore`
   */
  restore(grantId: string, options?: RevokeOptions): Promise<void>;
  /**
   * Revokes many grants, however many match: a large revocation may want a longer `timeout`. Doing it again is safe and
   * finishes what is left. `POST /api/v1/oauth-grants/revoke`
   */
  revokeMany(which: RevokeMany, options?: RevokeOptions): Promise<OAuthGrantRevokeResponse>;
  /**
   * Says what `revokeMany` would revoke, and revokes nothing. `POST /api/v1/oauth-grants/revoke`
   *
   * @returns counts, up to ten of the grants, and the `preview_token` for `revokePreviewed`, good for ten minutes
   */
  previewRevocation(which: RevokeMany, options?: CallOptions): Promise<OAuthGrantRevocationPreview>;
  /**
   * Revokes exactly the grants of a preview, once. Where these have changed it revokes nothing, and rejects with the
   * code `preview-changed`: the message says what changed. `POST /api/v1/oauth-grants/revoke`
   */
  revokePreviewed(previewToken: string, options?: RevokeOptions): Promise<OAuthGrantRevokeResponse>;
  /** One page of audit events: what took access away, newest first. `GET /api/v1/oauth-grants/audit-events` */
  listAuditEvents(query?: AuditEventsQuery, options?: CallOptions): Promise<OAuthGrantAuditEventListResponse>;
  /**
   * Every audit event that matches, page after page, each asked for when it is needed. Break off at any time.
   * `GET /api/v1/oauth-grants/audit-events`
   *
   * @param query as for `listAuditEvents`; `limit` is the size of a page
   */
  listAllAuditEvents(
    query?: AuditEventsQuery,
    options?: CallOptions,
  ): AsyncGenerator<OAuthGrantAuditEvent, void, undefined>;
}

/** The calls of OAuth Grants, each made as `call` says. */
export function createGrants(call: Call): Grants {
  const list: Grants['list'] = async (query = {}, options) =>
    (await listOAuthGrants({ ...call(options), query })).data;
  const listAuditEvents: Grants['listAuditEvents'] = async (query = {}, options) =>
    (await listOAuthGrantAuditEvents({ ...call(options), query })).data;

  return {
    list,
    async *listAll(query = {}, options) {
      const first = query.cursor === undefined ? firstGrantsPage.query : {};
      let asked: GrantsQuery | undefined = { ...query, ...first };
      while (asked) {
        const page: OAuthGrantListResponse = await list(asked, options);
        yield* page.grants;
        const next = nextGrantsPage(page);
        asked = next && { ...query, ...next.query };
      }
    },
    search: async (body, options) => (await searchOAuthGrants({ ...call(options), body })).data,
    get: async (grant_id, options) => (await getOAuthGrant({ ...call(options), path: { grant_id } })).data,
    revoke: async (grant_id, query = {}, options) =>
      (await revokeOAuthGrant({ ...call(options), headers: keyOf(options), path: { grant_id }, query })).data,
    suspend: async (grant_id, options) =>
      (await suspendOAuthGrant({ ...call(options), headers: keyOf(options), path: { grant_id } })).data,
    restore: async (grant_id, options) => {
      await restoreOAuthGrant({ ...call(options), headers: keyOf(options), path: { grant_id } });
    },
    revokeMany: async (body, options) =>
      (await revokeOAuthGrants({ ...call(options), headers: keyOf(options), body })).data,
    previewRevocation: async (body, options) =>
      (await previewOAuthGrantsRevocation({ ...call(options), body })).data,
    revokePreviewed: async (preview_token, options) =>
      (await revokeOAuthGrants({ ...call(options), headers: keyOf(options), body: { preview_token } })).data,
    listAuditEvents,
    async *listAllAuditEvents(query = {}, options) {
      let cursor = query.cursor;
      do {
        const page: OAuthGrantAuditEventListResponse = await listAuditEvents(
          { ...query, ...(cursor === undefined ? {} : { cursor }) },
          options,
        );
        yield* page.events;
        cursor = page.next_cursor;
      } while (cursor !== undefined);
    },
  };
}
