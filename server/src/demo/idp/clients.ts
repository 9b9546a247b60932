import type { GrantkeeperStore } from '@grantkeeper/oidc-provider';
import type { Collections } from '../../database/collections.ts';

/** The client of the pages at `/app/`: a public one, of the platform itself. */
export const PAGES_CLIENT = 'demo_pages';

/** An app of another party, as it is registered. */
export interface RegisteredApp {
  id: string;
  name: string;
  secret: string;
  /** Its home page. */
  uri: string;
  redirectUri: string;
}

/**
 * Registers the demo's clients, with their rows in `oauth_clients`. Safe to repeat: secrets and addresses are new with
 * every start.
 *
 * @param pages the address of the pages at `/app/`
 */
export async function registerClients(
  store: GrantkeeperStore,
  { clients }: Collections,
  { pages, app }: { pages: string; app: RegisteredApp },
): Promise<void> {
  const rows = store.adapter('Client');
  // The adapter's own are third parties.
  const ours = { name: 'Grantkeeper', is_first_party: true };
  await clients.updateOne({ _id: PAGES_CLIENT }, { $setOnInsert: ours }, { upsert: true });
  await rows.upsert(
    PAGES_CLIENT,
    {
      client_id: PAGES_CLIENT,
      client_name: ours.name,
      redirect_uris: [pages],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
    },
    0,
  );
  await rows.upsert(
    app.id,
    {
      client_id: app.id,
      client_name: app.name,
      client_secret: app.secret,
      client_uri: app.uri,
      redirect_uris: [app.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    0,
  );
}
