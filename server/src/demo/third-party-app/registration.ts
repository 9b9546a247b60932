import type { RegisteredApp } from '../idp/clients.ts';

/** Where the app is mounted. */
export const APP_BASE = '/demo-app';

/**
 * The app as the authorization server knows it.
 *
 * @param address of the server, without a trailing slash
 * @param secret what it proves itself with at the token endpoint
 */
export function registration(address: string, secret: string): RegisteredApp {
  return {
    id: 'demo_sunrise_notes',
    name: 'Sunrise Notes',
    secret,
    uri: `${address}${APP_BASE}/`,
    redirectUri: `${address}${APP_BASE}/callback`,
  };
}
