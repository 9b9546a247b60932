import type { Call, CallOptions } from './call.ts';
import {
  assignUserConsentScopes,
  listOrganizationScopes,
  listResources,
  listUserConsentScopes,
  removeUserConsentScope,
} from './generated/sdk.gen.ts';
import type {
  ListOrganizationScopesData,
  ListResourcesData,
  OrganizationScopes,
  RemoveUserConsentScopeData,
  Resources,
  UserConsentScopes,
  UserConsentScopesAssignment,
} from './generated/types.gen.ts';

/** User consent scopes: what third-party applications may ask people for. Failures are UserConsentScopesErrors. */
export interface Applications {
  /**
   * The scopes an application may ask for, grouped by kind and resource.
   * `GET /api/applications/{applicationId}/user-consent-scopes`
   */
  listUserConsentScopes(applicationId: string, options?: CallOptions): Promise<UserConsentScopes>;
  /**
   * Adds scopes to those an application may ask for, all or none; it never replaces any.
   * `POST /api/applications/{applicationId}/user-consent-scopes`
   */
  assignUserConsentScopes(
    applicationId: string,
    scopes: UserConsentScopesAssignment,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * Removes one scope. What people have granted already is not revoked.
   * `DELETE /api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}`
   *
   * @param scope in which list it is, and its id; for `user-scopes` the id is the scope itself, such as `profile`
   */
  removeUserConsentScope(
    applicationId: string,
    scope: Pick<RemoveUserConsentScopeData['path'], 'scopeType' | 'scopeId'>,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * The organization scopes that there are to assign, sorted by id: all of them, or a page. `GET /api/organization-scopes`
   */
  listOrganizationScopes(
    query?: ListOrganizationScopesData['query'],
    options?: CallOptions,
  ): Promise<OrganizationScopes>;
  /**
   * The API resources, sorted by id: all of them, or a page. With `includeScopes` each has the scopes that there are to
   * assign. `GET /api/resources`
   */
  listResources(query?: ListResourcesData['query'], options?: CallOptions): Promise<Resources>;
}

/** The calls of User consent scopes, each made as `call` says. */
export function createApplications(call: Call): Applications {
  return {
    listUserConsentScopes: async (applicationId, options) =>
      (await listUserConsentScopes({ ...call(options), path: { applicationId } })).data,
    assignUserConsentScopes: async (applicationId, body, options) => {
      await assignUserConsentScopes({ ...call(options), path: { applicationId }, body });
    },
    removeUserConsentScope: async (applicationId, scope, options) => {
      await removeUserConsentScope({ ...call(options), path: { applicationId, ...scope } });
    },
    listOrganizationScopes: async (query = {}, options) =>
      (await listOrganizationScopes({ ...call(options), query })).data,
    listResources: async (query = {}, options) => (await listResources({ ...call(options), query })).data,
  };
}
