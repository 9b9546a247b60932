import type { Call, CallOptions } from './call.ts';
import {
  assignUserConsentScopes,
  listUserConsentScopes,
  removeUserConsentScope,
} from './generated/sdk.gen.ts';
import type {
  RemoveUserConsentScopeData,
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
  };
}
