import { GRANT_STATUSES, type Grant } from '../rows/grouping.ts';
import { checkedIdentity } from '../rows/identity.ts';
import { nameKey } from '../rows/names.ts';
import type { StoredGrant } from '../rows/store.ts';

/** Filter: grants that are not gone. */
export const IS_SHOWN = { status: { $in: [...GRANT_STATUSES] } };

/** The mark, which grouping leaves alone. */
export const MARK_FIELDS = ['revocation', 'revoking', 'suspension', 'suspended_until'] as const;

/** A grant just grouped from its rows, as it is stored. */
export function toStored(grant: Grant, version: string): StoredGrant {
  return {
    _id: checkedIdentity(grant),
    status: grant.status,
    token_count: grant.token_count,
    granted_at: grant.granted_at,
    created_at: grant.created_at,
    last_used_at: grant.last_used_at,
    expires_at: grant.expires_at,
    live_until: grant.live_until,
    grant_hash: grant.grant_hash,
    client_name: grant.client_name,
    user_name: grant.user_name,
    user_email: grant.user_email,
    ...nameKeys(grant),
    version,
    ...(grant.in_rotation && { in_rotation: true }),
    searchable: true,
  };
}

/** The keys that names sort by. */
export function nameKeys({ client_name, user_name }: Pick<Grant, 'client_name' | 'user_name'>) {
  return { client_key: nameKey(client_name), user_key: user_name === null ? null : nameKey(user_name) };
}

/** The fields of a stored grant that lists show. */
export const SHOWN_FIELDS = {
  status: 1,
  token_count: 1,
  granted_at: 1,
  created_at: 1,
  last_used_at: 1,
  expires_at: 1,
  client_name: 1,
  user_name: 1,
  user_email: 1,
  suspended_until: 1,
} as const;
export type ShownFields = Pick<StoredGrant, '_id' | keyof typeof SHOWN_FIELDS>;

/** A grant as lists show it. */
export type ShownGrant = Omit<Grant, 'live_until' | 'grant_hash' | 'in_rotation'> &
  Pick<StoredGrant, 'suspended_until'>;

/** The grant that is stored; undefined if it is gone. Makes no copy: a page has a thousand of them. */
export function fromStored(stored: ShownFields): ShownGrant | undefined {
  const { status } = stored;
  return status === 'gone' ? undefined : Object.assign(stored, stored._id, { status });
}
