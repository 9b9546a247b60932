import type { Collections } from '../database/collections.ts';
import { equals } from '../database/filters.ts';

/**
 * Whether a client may take back what a person granted, in the person's name. Only the platform's own may: an app could
 * otherwise cut off its rivals. As in Logto, a client without a row (one that was deleted, or is known by its metadata
 * document alone) counts as a third party's, and a token that names no client is nobody's but the person's.
 *
 * @param client_id that the access token was issued to, where it says so
 * @param ownClient the client of the server's own issuer, which has no row; undefined where it has another issuer
 */
export async function mayTakeBack(
  { clients }: Collections,
  client_id: string | undefined,
  ownClient: string | undefined,
): Promise<boolean> {
  if (client_id === undefined || client_id === ownClient) return true;
  return (await clients.exists({ _id: equals(client_id), is_first_party: true })) !== null;
}
