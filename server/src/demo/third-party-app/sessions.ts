import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { Access, Pending } from './connection.ts';
import { APP_BASE } from './registration.ts';

/** How the app stands with a visitor. */
export type Standing =
  | { kind: 'unconnected' }
  | Connected
  | { kind: 'lost'; name: string }
  | { kind: 'denied' }
  | { kind: 'failed' };

export interface Connected {
  kind: 'connected';
  access: Access;
  /** When the authorization server last honoured it. */
  usedAt: Date;
  /** How the last use went; absent before the first. */
  last?: 'worked' | 'unchecked';
}

/** What the app knows of a visitor. */
export interface Session {
  standing: Standing;
  /** The sign-ins under way, by their state: one for each tab. */
  pending: LRUCache<string, Pending>;
  /** A use of the access that is under way: a refresh token is good for one. */
  using?: Promise<void> | undefined;
}

/** More visitors than a machine has; whoever was away longest is forgotten first. */
const MAX_SESSIONS = 100;

/** More tabs than a visitor signs in with at once; whichever asked longest ago is forgotten first. */
const MAX_PENDING = 10;

const COOKIE = 'demo_app';

/** The app's sessions, in memory: a restart forgets them. */
export class Sessions {
  readonly #sessions = new LRUCache<string, Session>({ max: MAX_SESSIONS });

  /** The session of the visitor; undefined if they have none. */
  find(req: Request): Session | undefined {
    const [, id = ''] = new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(req.get('cookie') ?? '') ?? [];
    return this.#sessions.get(id);
  }

  /** The session of the visitor, or a new one. */
  open(req: Request, res: Response): Session {
    const found = this.find(req);
    if (found) return found;
    const id = randomBytes(32).toString('base64url');
    const session: Session = {
      standing: { kind: 'unconnected' },
      pending: new LRUCache({ max: MAX_PENDING }),
    };
    this.#sessions.set(id, session);
    res.cookie(COOKIE, id, { httpOnly: true, sameSite: 'lax', path: APP_BASE });
    return session;
  }
}
