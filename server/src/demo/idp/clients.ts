import type { GrantkeeperStore } from '@grantkeeper/oidc-provider';
import type { Collections } from '../../database/collections.ts';

/** The client of the pages at `/app/`: a public one, of the platform itself. */
export const PAGES_CLIENT = 'demo_pages';

/** The pages that people sign in to, by their folders. */
const PAGES = ['connected-apps', 'grants', 'audit'];

/**
 * Whether a redirect URI is one of the pages, in whatever folder they are put at an origin that may have them. Nothing
 * else may be in it.
 */
export function isPage(uri: string, origins: string[]): boolean {
  if (!URL.canParse(uri)) return false;
  const { origin, pathname } = new URL(uri);
  const isTheirs = PAGES.some((page) => pathname.endsWith(`/${page}/`));
  return origins.includes(origin) && isTheirs && uri === `${origin}${pathname}`;
}

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
 * @param pages the address of the pages at `/app/`; see `isPage` for others
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
      redirect_uris: PAGES.map((page) => `${pages}${page}/`),
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
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
