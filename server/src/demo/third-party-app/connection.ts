import * as client from 'openid-client';
import type { RegisteredApp } from '../idp/clients.ts';
import { loadedOnce } from '../when-asked.ts';

/** What the app asks for: content, its owner's name, and to go on while they are away. */
const SCOPE = 'openid profile offline_access content:read content:write';

/** What a sign-in has to come back with. */
export interface Pending {
  state: string;
  pkceCodeVerifier: string;
}

/** What the app holds of a person: it never asks who they are again. */
export interface Access {
  subject: string;
  name: string;
  /** What the app may do, separated by spaces. */
  scope: string;
  refreshToken: string;
}

export type Granted = { kind: 'granted'; access: Access } | { kind: 'denied' };
export type Refreshed = { kind: 'refreshed'; access: Access } | { kind: 'lost' };

/** The app's side of OAuth: it asks for access, uses it, and learns that it is gone. */
export interface Connection {
  /** Where to send the person, and what to keep until they come back. */
  ask(): Promise<{ url: URL; pending: Pending }>;
  /** Takes what the person came back with. @throws if it is not the answer to what was asked, or an error */
  take(callback: URL, pending: Pending): Promise<Granted>;
  /** Uses the refresh token, which is good for one use. @throws if the authorization server cannot be reached */
  refresh(access: Access): Promise<Refreshed>;
}

/**
 * A connection of the app to the authorization server, which is found by its metadata when it is first needed (RFC 8414).
 *
 * @param resource what the access is for (RFC 8707)
 */
export function connect(
  issuer: string,
  { id, secret, redirectUri }: RegisteredApp,
  resource: string,
): Connection {
  const insecure = { execute: [client.allowInsecureRequests] };
  const found = loadedOnce(() => client.discovery(new URL(issuer), id, secret, undefined, insecure));
  return {
    async ask() {
      const pending = { state: client.randomState(), pkceCodeVerifier: client.randomPKCECodeVerifier() };
      const url = client.buildAuthorizationUrl(await found(), {
        redirect_uri: redirectUri,
        scope: SCOPE,
        resource,
        // OpenID Connect Core, section 11: no offline access without consent.
        prompt: 'consent',
        state: pending.state,
        code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
        code_challenge_method: 'S256',
      });
      return { url, pending };
    },

    async take(callback, { state, pkceCodeVerifier }) {
      try {
        const checks = { expectedState: state, pkceCodeVerifier, idTokenExpected: true };
        const tokens = await client.authorizationCodeGrant(await found(), callback, checks, { resource });
        const { scope = '', refresh_token: refreshToken } = tokens;
        if (refreshToken === undefined) throw new Error('the authorization server gave no refresh token');
        const claims = tokens.claims();
        if (!claims) throw new Error('the authorization server did not say who signed in');
        const { sub: subject, name = subject } = claims;
        return { kind: 'granted', access: { subject, name: `${name}`, scope, refreshToken } };
      } catch (error) {
        if (error instanceof client.AuthorizationResponseError && error.error === 'access_denied')
          return { kind: 'denied' };
        throw error;
      }
    },

    async refresh(access) {
      try {
        const tokens = await client.refreshTokenGrant(await found(), access.refreshToken, { resource });
        const refreshToken = tokens.refresh_token ?? access.refreshToken;
        return { kind: 'refreshed', access: { ...access, refreshToken } };
      } catch (error) {
        if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant')
          return { kind: 'lost' };
        throw error;
      }
    },
  };
}
