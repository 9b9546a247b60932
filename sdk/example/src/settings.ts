/*
 * Where the API is, and which authorization server people sign in to: all that you change for your own. The `meta` tags
 * of the pages say it; `.env` sets them when the pages are built.
 */

/** Where the API is, without a trailing slash. */
export const API = apiAddress();

/** The issuer of the authorization server. One that begins with a slash is the demo's: it is below the API's address. */
export const ISSUER = said('grantkeeper-issuer') ?? '/demo-idp';

/** The pages as that server knows them: a public client. */
export const CLIENT_ID = said('grantkeeper-client') ?? 'demo_pages';

/**
 * What the pages ask for, besides what every sign-in needs. Some servers also need to be told what the token is for
 * (`resource`, RFC 8707, or `audience`); some issue refresh tokens only for the scope `offline_access`.
 */
export const ASKED = { scope: 'openid profile' };

function said(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
}

function apiAddress(): string {
  const address = said('grantkeeper-api') ?? '/';
  // A server of ours has the pages at /app/ and the API beside it: below a prefix, where a proxy strips one.
  const [, beside = '/'] = /^(.*\/)app\/(?:[\w-]+\/)?[^/]*$/.exec(location.pathname) ?? [];
  return new URL(address === '/' ? beside : address, location.href).href.replace(/\/$/, '');
}
