import { type Account, createAccount } from './account.ts';
import { type Applications, createApplications } from './applications.ts';
import { createCall } from './call.ts';
import { type ClientOptions, createClient } from './client.ts';
import type { Client } from './generated/client/types.gen.ts';
import { createGrants, type Grants } from './grants.ts';
import { createMe, type Me } from './me.ts';

/** A Grantkeeper, document by document. */
export interface Grantkeeper {
  /** OAuth Grants: for members, project admins and account admins. */
  readonly grants: Grants;
  /** Me grants: for a signed-in person. */
  readonly me: Me;
  /** User consent scopes: for the management API. */
  readonly applications: Applications;
  /**
   * My account grants: for a signed-in person who has just verified again. Keep what it gives for as long as the
   * verification record lasts.
   *
   * @param verificationId the id of the verification record, which every call then sends as `logto-verification-id`
   */
  account(verificationId: string): Account;
  /** For the functions of single operations and the options of `@grantkeeper/sdk/react-query`: it shares the token. */
  readonly client: Client;
}

/**
 * Makes a Grantkeeper to call. All its calls share one access token, limits and hooks.
 *
 * Every call rejects with a GrantkeeperError: an ApiError of its document where the server answered with an error, a
 * ConnectionError, a TimeoutError or a TokenError. When its `signal` is aborted it rejects with the signal's reason.
 */
export function createGrantkeeper(options: ClientOptions): Grantkeeper {
  const client = createClient(options);
  const call = createCall(client);
  return {
    grants: createGrants(call),
    me: createMe(call),
    applications: createApplications(call),
    account: (verificationId) => createAccount(call, verificationId),
    client,
  };
}
