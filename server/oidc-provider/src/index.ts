import type { Db } from 'mongodb';
import type Provider from 'oidc-provider';
import type { Adapter } from 'oidc-provider';
import { Clients } from './clients.ts';
import { Consents } from './consents.ts';
import { collectionOf, Others } from './others.ts';
import { RefreshTokens } from './refresh-tokens.ts';
import { type Context, hashOf, type PlaceOf, type TokenRow, written } from './store.ts';

export type { Place, Placed, PlaceOf, Reason } from './store.ts';

export interface AdapterOptions {
  /** The database that Grantkeeper's MONGODB_URI names. Connect with `w: 'majority'` and read from the primary. */
  db: Db;
  /** Says where a token or a consent belongs: its account, its project and the one resource that it is shown with. */
  place: PlaceOf;
  /**
   * How long a refresh token that was rotated may be sent again without ending its family, in seconds: 10 by default. It
   * is refused either way.
   */
  graceSeconds?: number;
  clock?: () => Date;
}

export interface GrantkeeperStore {
  /** What a Provider takes as its `adapter`. */
  adapter: (kind: string) => Adapter;
  /** Creates the indexes that the provider needs. Safe to repeat; Grantkeeper creates its own. */
  createIndexes(): Promise<void>;
  /** Records the last use of refresh tokens that are not rotated. */
  attach(provider: Provider): void;
}

/** The kinds that have collections of their own, and what else than by its id each is looked for by. */
const KINDS: Record<string, string[]> = {
  Session: ['uid'],
  DeviceCode: ['userCode', 'grantId'],
  AccessToken: ['grantId'],
  AuthorizationCode: ['grantId'],
  BackchannelAuthenticationRequest: ['grantId'],
  PreAuthorizedCode: ['grantId'],
  ClientCredentials: [],
  InitialAccessToken: [],
  RegistrationAccessToken: [],
  Interaction: [],
  ReplayDetection: [],
  PushedAuthorizationRequest: [],
};

/**
 * Puts an oidc-provider on Grantkeeper's store: its grants are consents, its refresh tokens rows, so that people see them
 * as grants, and what they revoke is dead at the next refresh.
 */
export function createAdapter(options: AdapterOptions): GrantkeeperStore {
  const { db, place, graceSeconds = 10, clock = () => new Date() } = options;
  const store: Context = {
    db,
    placeOf: place,
    clock,
    grace: graceSeconds * 1_000,
    tokens: db.collection('refresh_tokens'),
    consents: db.collection('consents'),
    grants: db.collection('grants'),
    clients: db.collection('oauth_clients'),
  };
  const own: Record<string, Adapter> = {
    RefreshToken: new RefreshTokens(store),
    Grant: new Consents(store),
    Client: new Clients(store),
  };
  return {
    adapter: (kind) => own[kind] ?? new Others(store, kind),
    createIndexes: async () => {
      await Promise.all([
        store.tokens.createIndex({ consent_id: 1, revoked_at: 1 }),
        store.tokens.createIndex(
          { 'oidc.sessionUid': 1 },
          { partialFilterExpression: { 'oidc.expiresWithSession': true } },
        ),
        ...Object.entries(KINDS).flatMap(([kind, keys]) => {
          const collection = db.collection(collectionOf(kind));
          return [
            collection.createIndex({ expires_at: 1 }, { expireAfterSeconds: 0 }),
            ...keys.map((key) => collection.createIndex({ [`payload.${key}`]: 1 }, { sparse: true })),
          ];
        }),
      ]);
    },
    attach: (provider) => {
      provider.on('grant.success', (ctx) => {
        const { params, entities } = ctx.oidc;
        const token = entities.RefreshToken?.jti;
        if (params?.grant_type !== 'refresh_token' || entities.RotatedRefreshToken || !token) return;
        const now = clock();
        store.tokens
          .updateOne({ _id: hashOf(token) }, written<TokenRow>({ last_used_at: now }, now))
          .catch((error: Error) => provider.emit('server_error', ctx, error));
      });
    },
  };
}
