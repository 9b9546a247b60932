import * as client from 'openid-client';
import { ASKED } from '../settings.ts';
import { NotSignedIn } from './not-signed-in.ts';

/*
 * The authorization code flow with PKCE (RFC 9700, section 2.1.1). What a sign-in must come back with is in
 * sessionStorage until then. Tokens never are: they stay in memory.
 */

/** Whom the pages are for. */
export interface Person {
  /** Short, for `?as=`; undefined if the server does not say. */
  id: string | undefined;
  /** Their user id, as the API knows them too. */
  userId: string | undefined;
  name: string;
  /** Their role on the platform, if the server says. */
  role: string | undefined;
}

/** What a sign-in gives the pages. */
export interface SignedIn {
  person: Person;
  accessToken: string;
  /** Undefined if the server gives none. */
  refreshToken: string | undefined;
}

/** A sign-in under way. */
interface Pending {
  state: string;
  pkceCodeVerifier: string;
  /** Where to go back to: path, query and fragment. */
  address: string;
}

/** What the authorization server sent the person back with. */
export interface Answer {
  url: URL;
  /** The sign-in that it answers; undefined if this tab has asked for none. */
  pending: Pending | undefined;
}

const KEY = 'grantkeeper-sign-in';
const PARAMETERS = ['code', 'error', 'error_description', 'error_uri', 'state', 'iss', 'session_state'];

/**
 * Takes the answer out of the address, so that neither the address nor the history keeps it, and restores the address
 * that the sign-in began at. Undefined if there is none.
 */
export function takeAnswer(): Answer | undefined {
  const url = new URL(location.href);
  if (!url.searchParams.has('code') && !url.searchParams.has('error')) return undefined;
  const kept = takePending();
  const pending = kept?.state === url.searchParams.get('state') ? kept : undefined;
  const clean = new URL(url);
  for (const name of PARAMETERS) clean.searchParams.delete(name);
  history.replaceState(null, '', pending?.address ?? clean);
  return { url, pending };
}

function takePending(): Pending | undefined {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return kept === null ? undefined : JSON.parse(kept);
}

/** Sends the person to the authorization server; the page's place in the history becomes that of the sign-in. */
export async function leave(server: client.Configuration): Promise<never> {
  const { pathname, search, hash, href } = location;
  const pending: Pending = {
    state: client.randomState(),
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    address: pathname + search + hash,
  };
  const hint = new URLSearchParams(search).get('as');
  const url = client.buildAuthorizationUrl(server, {
    ...ASKED,
    redirect_uri: new URL('.', href.replace(/[?#].*/s, '')).href,
    state: pending.state,
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...(hint && { login_hint: hint }),
  });
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  location.replace(url);
  // The page is being left.
  return new Promise(() => {});
}

/** Exchanges an answer for tokens. @throws NotSignedIn, which says why not */
export async function exchange(server: client.Configuration, { url, pending }: Answer): Promise<SignedIn> {
  if (!pending) throw new NotSignedIn('stray');
  try {
    const { state: expectedState, pkceCodeVerifier } = pending;
    const checks = { expectedState, pkceCodeVerifier, idTokenExpected: true };
    const tokens = await client.authorizationCodeGrant(server, url, checks);
    const claims = tokens.claims();
    const person = {
      id: textOf(claims?.preferred_username),
      userId: claims?.sub,
      name: textOf(claims?.name) ?? claims?.sub ?? '',
      role: textOf(claims?.role),
    };
    return { person, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
  } catch (cause) {
    throw failure(cause);
  }
}

/**
 * Exchanges the refresh token for another access token.
 *
 * @throws NotSignedIn if the session has ended; what the library throws if the server did not answer
 */
export async function renew(
  server: client.Configuration,
  { person, refreshToken }: SignedIn,
): Promise<SignedIn> {
  if (refreshToken === undefined) throw new NotSignedIn('ended');
  try {
    const tokens = await client.refreshTokenGrant(server, refreshToken);
    return { person, accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? refreshToken };
  } catch (cause) {
    if (cause instanceof client.ResponseBodyError && cause.error === 'invalid_grant')
      throw new NotSignedIn('ended', { cause });
    throw cause;
  }
}

function failure(cause: unknown): NotSignedIn {
  const isOAuth =
    cause instanceof client.AuthorizationResponseError || cause instanceof client.ResponseBodyError;
  if (isOAuth && cause.error === 'access_denied') return new NotSignedIn('cancelled', { cause });
  // What `fetch` throws without an answer.
  if (cause instanceof TypeError) return new NotSignedIn('unanswered', { cause });
  return new NotSignedIn('refused', { cause, code: isOAuth ? cause.error : undefined });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
