import { LRUCache } from 'lru-cache';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { PAGES_CLIENT } from './clients.ts';

/** More of each kind than anybody has at once. */
const MAX_KEPT = 1_000;

/** What shows an app as connected, and what comes of it. */
const KINDS = ['Grant', 'AuthorizationCode', 'RefreshToken'];

/**
 * The store, except for what the pages at `/app/` get: nobody is asked about those, so they must not show themselves as a
 * connected app. A restart forgets theirs, and the next sign-in makes it anew.
 */
export function apartFromPages(store: (kind: string) => Adapter): (kind: string) => Adapter {
  return (kind) => (KINDS.includes(kind) ? apart(store(kind)) : store(kind));
}

function apart(store: Adapter): Adapter {
  const kept = new LRUCache<string, AdapterPayload>({ max: MAX_KEPT });
  return {
    upsert: async (id, payload, seconds) => {
      if (payload.clientId === PAGES_CLIENT) kept.set(id, payload);
      else await store.upsert(id, payload, seconds);
    },
    find: async (id) => kept.get(id) ?? store.find(id),
    consume: async (id) => {
      const payload = kept.get(id);
      if (!payload) return store.consume(id);
      if (payload.consumed !== undefined) throw new errors.InvalidGrant('it was already used');
      kept.set(id, { ...payload, consumed: true });
    },
    destroy: async (id) => {
      if (!kept.delete(id)) await store.destroy(id);
    },
    revokeByGrantId: async (grantId) => {
      for (const [id, payload] of kept.entries()) if (payload.grantId === grantId) kept.delete(id);
      await store.revokeByGrantId(grantId);
    },
    findByUid: (uid) => store.findByUid(uid),
    findByUserCode: (userCode) => store.findByUserCode(userCode),
  };
}
