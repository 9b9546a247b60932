import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

/** The token request that is being answered, as far as the store goes by it. */
export interface TokenRequest {
  isRefresh: boolean;
  /** Whether a refresh token was sent that had been rotated. */
  isReuse: boolean;
  /** The row that the request rotates. */
  rotated: string | undefined;
  rotate(_id: string): void;
}

const rotations = new WeakMap<KoaContextWithOIDC, string>();

/** The current request; undefined outside of any. */
export function requestOf(): TokenRequest | undefined {
  const ctx = Provider.ctx;
  if (!ctx?.oidc) return undefined;
  return {
    isRefresh: ctx.oidc.params?.grant_type === 'refresh_token',
    isReuse: ctx.oidc.entities.RefreshToken?.consumed !== undefined,
    rotated: rotations.get(ctx),
    rotate: (_id) => void rotations.set(ctx, _id),
  };
}
