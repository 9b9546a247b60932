import type { Db } from 'mongodb';
import type Provider from 'oidc-provider';
import type { Adapter, AdapterConstructor, AdapterFactory } from 'oidc-provider';
import { Clients } from './clients.ts';
import { CollectionAdapter, createCollectionIndexes } from './collection.ts';
import { Consents } from './consents.ts';
import { Guarded } from './guarded.ts';
import { Mirrored } from './mirrored.ts';
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
  /** How long the audit events of the provider's own revocations are kept, in days: 365 by default. */
  auditDays?: number;
  clock?: () => Date;
}

export interface GrantkeeperStore {
  /** What a Provider takes as its `adapter`. */
  adapter: (kind: string) => Adapter;
  /** Creates the indexes that the provider needs. Safe to repeat; Grantkeeper creates its own. */
  createIndexes(): Promise<void>;
  /** Records the names of clients, and the last use of refresh tokens that are not rotated. */
  attach(provider: Provider): void;
}

/**
 * Puts an oidc-provider on Grantkeeper's store: its grants are consents, its refresh tokens rows, so that people see them
 * as grants, and what they revoke is dead at the next refresh.
 */
export function createAdapter(options: AdapterOptions): GrantkeeperStore {
  const { db, clock = now } = options;
  return storeOf(options, {
    own: (store) => ({
      RefreshToken: new RefreshTokens(store),
      Grant: new Consents(store),
      Client: new Clients(store),
    }),
    kept: (kind) => new CollectionAdapter(kind, { db, clock }),
    createIndexes: () => createCollectionIndexes(db),
  });
}

/**
 * The same for a provider that keeps everything in another store: rows of its grants and refresh tokens are written
 * beside, and what is revoked in Grantkeeper is not found any more.
 *
 * @param other the adapter of the other store, a class or a function as a Provider takes it; it must keep payloads whole
 */
export function mirror(
  other: AdapterFactory | AdapterConstructor,
  options: AdapterOptions,
): GrantkeeperStore {
  const adapter: AdapterFactory = isClass(other) ? (kind) => new other(kind) : other;
  return storeOf(options, {
    own: (store) => {
      const grants = new Mirrored(new Consents(store), adapter('Grant'));
      return {
        RefreshToken: new Mirrored(new RefreshTokens(store), adapter('RefreshToken'), grants),
        Grant: grants,
        Client: adapter('Client'),
      };
    },
    kept: adapter,
    createIndexes: async () => undefined,
  });
}

/** As the library tells them apart. */
function isClass(adapter: AdapterFactory | AdapterConstructor): adapter is AdapterConstructor {
  return typeof adapter.prototype === 'object' && adapter.prototype !== null;
}

const now = () => new Date();

interface Parts {
  /** The adapters of grants, refresh tokens and clients. */
  own: (store: Context) => Record<string, Adapter>;
  /** Keeps everything else. */
  kept: AdapterFactory;
  createIndexes: () => Promise<void>;
}

function storeOf(options: AdapterOptions, { own, kept, createIndexes }: Parts): GrantkeeperStore {
  const { db, place, graceSeconds = 10, auditDays = 365, clock = now } = options;
  const store: Context = {
    placeOf: place,
    clock,
    grace: graceSeconds * 1_000,
    auditDays,
    tokens: db.collection('refresh_tokens'),
    consents: db.collection('consents'),
    grants: db.collection('grants'),
    clients: db.collection('oauth_clients'),
    bulk: db.collection('audit_events'),
    events: db.collection('audit_events'),
    sessions: kept('Session'),
  };
  const adapters = own(store);
  return {
    adapter: (kind) => adapters[kind] ?? new Guarded(store, kind, kept(kind)),
    createIndexes: async () => {
      await Promise.all([
        store.tokens.createIndex({ consent_id: 1, revoked_at: 1 }),
        store.tokens.createIndex(
          { 'oidc.sessionUid': 1 },
          { partialFilterExpression: { 'oidc.expiresWithSession': true } },
        ),
        createIndexes(),
      ]);
    },
    attach: (provider) => {
      store.provider = provider;
      provider.on('grant.success', (ctx) => {
        const { params, entities } = ctx.oidc;
        const token = entities.RefreshToken?.jti;
        if (params?.grant_type !== 'refresh_token' || entities.RotatedRefreshToken || !token) return;
        const at = clock();
        store.tokens
          .updateOne({ _id: hashOf(token) }, written<TokenRow>({ last_used_at: at }, at))
          .catch((error: Error) => provider.emit('server_error', ctx, error));
      });
    },
  };
}
