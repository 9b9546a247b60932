import type { TokenRow } from './store.ts';

/** Filter: the bulk revocations that select the grant of a row. */
export function selecting({ account_id, client_id, user_id, project_id, resource }: TokenRow) {
  return {
    'filter.account_id': account_id,
    'filter.client_id': { $in: [client_id, null] },
    'filter.user_id': { $in: [user_id, null] },
    'filter.project_id': { $in: [project_id, null] },
    'filter.resource': { $in: [resource, null] },
    status: { $in: ['active', 'all'] },
  };
}

/** Filter: those under way; see the guide of the store. */
export function underWay(row: TokenRow) {
  return {
    ...selecting(row),
    renewed_at: { $exists: true },
    $expr: { $gt: ['$renewed_at', { $subtract: ['$$NOW', BULK_MS] }] },
  };
}

/** How long a bulk revocation counts that says no more, in milliseconds: its server was cut off. */
const BULK_MS = 60_000;
