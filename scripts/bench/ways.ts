import { listGrants } from '../../server/src/grants/listing.ts';
import type { GrantModel } from '../../server/src/grants/read-model/model.ts';
import type { GrantSortField } from '../../server/src/grants/read-model/ordering.ts';
import { SHOWN_FIELDS } from '../../server/src/grants/read-model/stored-grant.ts';
import type { Grant, GrantFilter } from '../../server/src/grants/rows/grouping.ts';
import { groupIntoGrants } from '../../server/src/grants/rows/joining.ts';
import { ACCOUNT } from './rows.ts';

/*
 * Several ways to the same result: the total and the first page of a hundred active grants of an account, newest first.
 */

export const LIMIT = 100;

export interface Sorting {
  sort_by: GrantSortField;
  sort_order: 'asc' | 'desc';
}

export const NEWEST: Sorting = { sort_by: 'granted_at', sort_order: 'desc' };

/** What one would write first: group everything, then take the page and the total from it. */
export async function naive({ store, clock }: GrantModel): Promise<unknown> {
  const now = clock();
  const live = { $and: [{ $eq: ['$revoked_at', null] }, { $gt: ['$expires_at', now] }] };
  const values = ['client_id', 'user_id', 'account_id', 'project_id', 'resource', 'scope'];
  const pipeline = [
    { $match: { account_id: ACCOUNT } },
    {
      $group: {
        _id: Object.fromEntries(values.map((name) => [name, `$${name}`])),
        created_at: { $min: '$created_at' },
        last_used_at: { $max: '$last_used_at' },
        expires_at: { $max: '$expires_at' },
        token_count: { $sum: 1 },
        live: { $max: live },
      },
    },
    { $match: { live: true } },
    {
      $facet: {
        page: [{ $sort: { created_at: -1, _id: 1 } }, { $limit: LIMIT }],
        total: [{ $count: 'count' }],
      },
    },
  ];
  return store.rows.aggregate(pipeline, { allowDiskUse: true }).toArray();
}

/** The one grouping aggregation over all rows of the account, sorted in our process. */
export async function direct({ store, clock }: GrantModel): Promise<unknown> {
  const grants: Grant[] = [];
  for await (const batch of groupIntoGrants(store, { account_id: ACCOUNT }, clock())) {
    grants.push(...batch.filter(({ status }) => status === 'active'));
  }
  grants.sort((a, b) => b.granted_at.getTime() - a.granted_at.getTime());
  return { grants: grants.slice(0, LIMIT), total_count: grants.length };
}

/** What the service does, without HTTP. */
export function readModel(
  model: GrantModel,
  { sort_by, sort_order, ...narrower }: Partial<Omit<GrantFilter, 'account_id'>> & Sorting = NEWEST,
): Promise<unknown> {
  return listGrants(model, {
    filter: { account_id: ACCOUNT, ...narrower },
    status: 'active',
    sort_by,
    sort_order,
    limit: LIMIT,
    offset: 0,
  });
}

/** The driver alone, on the same collection: find and count. */
export async function driver({ grants }: GrantModel): Promise<unknown> {
  const filter = { '_id.account_id': ACCOUNT, status: 'active' } as const;
  return [
    await grants.find(filter).sort({ granted_at: -1, _id: -1 }).limit(LIMIT).toArray(),
    await grants.countDocuments(filter),
  ];
}

/** Only the driver's find, of the fields that a page shows. */
export function driverPage({ grants }: GrantModel): Promise<unknown> {
  const filter = { '_id.account_id': ACCOUNT, status: 'active' } as const;
  const page = grants.find(filter, { projection: SHOWN_FIELDS, batchSize: LIMIT + 1 });
  return page.sort({ granted_at: -1, _id: -1 }).limit(LIMIT).toArray();
}
