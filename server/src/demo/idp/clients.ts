import type { GrantkeeperStore } from '@grantkeeper/oidc-provider';
import type { Collections } from '../../database/collections.ts';

/** The client of the pages at `/app/`: a public one, of the platform itself. */
export const PAGES_CLIENT = 'demo_pages';

/**
 * Registers the demo's clients, with their rows in `oauth_clients`. Safe to repeat: addresses may change with every
 * start.
 *
 * @param address of the server, without a trailing slash
 */
export async function registerClients(
  store: GrantkeeperStore,
  { clients }: Collections,
  address: string,
): Promise<void> {
  await clients.updateOne(
    { _id: PAGES_CLIENT },
    { $setOnInsert: { name: 'Grantkeeper', is_first_party: true } },
    { upsert: true },
  );
  await store.adapter('Client').upsert(
    PAGES_CLIENT,
    {
      client_id: PAGES_CLIENT,
      client_name: 'Grantkeeper',
      client_uri: `${address}/app/`,
      redirect_uris: [`${address}/app/`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
    0,
  );
}
