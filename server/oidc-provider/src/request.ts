import { randomUUID } from 'node:crypto';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import type { Stamp } from './store.ts';

/** What the store needs to know of the request that is being answered. */
export interface CurrentRequest {
  isRefresh: boolean;
  /** Whether it is a request to revoke a token (RFC 7009). */
  isRevocation: boolean;
  /** What ends tokens in it, other than that somebody asks for that: a used refresh token, or the end of a session. */
  ending: 'reuse' | 'logout' | undefined;
  /** The row that a refresh rotates. */
  rotated: string | undefined;
  rotate(_id: string): void;
  /** The grant that its code or refresh token is of, and the mark that this had when it was issued or sent. */
  stamp: Stamp | undefined;
  /** The event of what it revokes. */
  revocation: Revocation;
  client_id: string | undefined;
  /** Whoever is signed in. */
  user_id: string | undefined;
  route: string;
  remember(stamp: Stamp): void;
  /** The old id of a session that is given a new one. */
  movedSession: string | undefined;
}

/** The event of what a request revokes. */
interface Revocation {
  _id: string;
  /** How many parts of it are being written. */
  underWay: number;
}

interface Known {
  rotated?: string;
  stamp?: Stamp;
  revocation?: Revocation;
}

const known = new WeakMap<KoaContextWithOIDC, Known>();

/** The current request; undefined outside of any. */
export function requestOf(): CurrentRequest | undefined {
  const ctx = Provider.ctx;
  if (!ctx?.oidc) return undefined;
  const { params, entities, route, session } = ctx.oidc;
  const isRefresh = params?.grant_type === 'refresh_token';
  return {
    isRefresh,
    isRevocation: route === 'revocation',
    ending:
      isRefresh && entities.RefreshToken?.consumed !== undefined
        ? 'reuse'
        : String(route).startsWith('end_session')
          ? 'logout'
          : undefined,
    rotated: known.get(ctx)?.rotated,
    rotate: (rotated) => void known.set(ctx, { ...known.get(ctx), rotated }),
    stamp: known.get(ctx)?.stamp,
    get revocation() {
      const revocation = known.get(ctx)?.revocation ?? { _id: randomUUID(), underWay: 0 };
      known.set(ctx, { ...known.get(ctx), revocation });
      return revocation;
    },
    client_id: ctx.oidc.client?.clientId,
    user_id: session?.accountId,
    route: String(route),
    remember: (stamp) => void known.set(ctx, { ...known.get(ctx), stamp }),
    movedSession:
      session && 'oldId' in session && typeof session.oldId === 'string' ? session.oldId : undefined,
  };
}
