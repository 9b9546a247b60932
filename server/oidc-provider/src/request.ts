import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { hashOf } from './store.ts';

/** What the store needs to know of the request that is being answered. */
export interface CurrentRequest {
  isRefresh: boolean;
  /** Whether it is a request to revoke a token (RFC 7009). */
  isRevocation: boolean;
  /** Whether it is a refresh with a token that had been rotated. */
  isReuse: boolean;
  /** The row of the refresh token that a refresh leads to, once it has one. */
  refreshToken: string | undefined;
  /** The row that a refresh rotates. */
  rotated: string | undefined;
  rotate(_id: string): void;
  /** The old id of a session that is given a new one. */
  movedSession: string | undefined;
}

const rotations = new WeakMap<KoaContextWithOIDC, string>();

/** The current request; undefined outside of any. */
export function requestOf(): CurrentRequest | undefined {
  const ctx = Provider.ctx;
  if (!ctx?.oidc) return undefined;
  const { params, entities, route, session } = ctx.oidc;
  const isRefresh = params?.grant_type === 'refresh_token';
  return {
    isRefresh,
    isRevocation: route === 'revocation',
    isReuse: isRefresh && entities.RefreshToken?.consumed !== undefined,
    refreshToken: isRefresh && entities.RefreshToken?.jti ? hashOf(entities.RefreshToken.jti) : undefined,
    rotated: rotations.get(ctx),
    rotate: (_id) => void rotations.set(ctx, _id),
    movedSession:
      session && 'oldId' in session && typeof session.oldId === 'string' ? session.oldId : undefined,
  };
}
