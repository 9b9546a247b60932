import { type Call, type CallOptions, keyOf, type RevokeOptions } from './call.ts';
import { listMyAccountGrants, revokeMyAccountGrant } from './generated/sdk.gen.ts';
import type { ListMyAccountGrantsData, MyAccountGrant } from './generated/types.gen.ts';

/** My account grants: the signed-in person's, who has just proved again who they are. Failures are MyAccountGrantsErrors. */
export interface Account {
  /** The active grants of registered applications, the newest first. `GET /api/my-account/grants` */
  listGrants(query?: ListMyAccountGrantsData['query'], options?: CallOptions): Promise<MyAccountGrant[]>;
  /**
   * Takes one grant back, with all its tokens. Doing it again is safe. `DELETE /api/my-account/grants/{grantId}`
   */
  revokeGrant(grantId: string, options?: RevokeOptions): Promise<void>;
}

/**
 * The calls of My account grants, each made as `call` says.
 *
 * @param verificationId names the verification record of the person; it goes with every call
 */
export function createAccount(call: Call, verificationId: string): Account {
  const headers = { 'logto-verification-id': verificationId };
  return {
    listGrants: async (query = {}, options) =>
      (await listMyAccountGrants({ ...call(options), headers, query })).data.grants,
    revokeGrant: async (grantId, options) => {
      await revokeMyAccountGrant({
        ...call(options),
        headers: { ...headers, ...keyOf(options) },
        path: { grantId },
      });
    },
  };
}
