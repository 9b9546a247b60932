import type { Collections } from '../database/collections.ts';
import { equals } from '../database/filters.ts';

/**
 * Whether a client may revoke a user's grants on the user's behalf. Only the platform's own clients may: otherwise an
 * app could cut off its rivals. As in Logto, a client without a row (deleted, or known only by its metadata document)
 * counts as a third party; a token that names no client acts for the user alone.
 *
 * @param client_id the client that the access token was issued to, if the token says so
 * @param ownClient the client of the server's own issuer, which has no row; undefined if the issuer is another
 */
export async function mayTakeBack(
  { clients }: Collections,
  client_id: string | undefined,
  ownClient: string | undefined,
): Promise<boolean> {
  if (client_id === undefined || client_id === ownClient) return true;
  return (await clients.exists({ _id: equals(client_id), is_first_party: true })) !== null;
}
