import { type Call, type CallOptions, keyOf, type RevokeOptions } from './call.ts';
import { listMeGrants, revokeMeGrant } from './generated/sdk.gen.ts';
import type { MeGrant } from './generated/types.gen.ts';

/** Me grants: what the signed-in person has allowed. Failures are MeGrantsErrors. */
export interface Me {
  /** Every grant that is not revoked, the one granted last first. `GET /v1/me/grants` */
  listGrants(options?: CallOptions): Promise<MeGrant[]>;
  /** Takes one grant back, with all its tokens. Doing it again is safe. `DELETE /v1/me/grants/{grantId}` */
  revokeGrant(grantId: string, options?: RevokeOptions): Promise<void>;
}

/** The calls of Me grants, each made as `call` says. */
export function createMe(call: Call): Me {
  return {
    listGrants: async (options) => (await listMeGrants(call(options))).data.data,
    revokeGrant: async (grantId, options) => {
      await revokeMeGrant({ ...call(options), headers: keyOf(options), path: { grantId } });
    },
  };
}
