import type { Model, PipelineStage } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import type { components, operations } from '../generated/user-consent-scopes.ts';
import { text } from '../grants/rows/values.ts';
import { BY_NAME, type LookUpStages, NAME, SCOPE_DETAIL } from './listing.ts';
import { type Found, type PageQuery, stretchOf } from './paging.ts';

type OrganizationScope = components['schemas']['OrganizationScopeDetail'];
type Resource = components['schemas']['Resource'];
type ResourcesQuery = NonNullable<operations['listResources']['parameters']['query']>;

/** The organization scopes that there are to assign, sorted by id: a page, or all of them where none is asked for. */
export function findOrganizationScopes(
  { organizationScopes }: Collections,
  query: PageQuery,
): Promise<Found<OrganizationScope>> {
  return findSorted(organizationScopes, query, WITH_ID, [NAME, { $project: { _id: 0, ...SCOPE_DETAIL } }]);
}

/** The resources, sorted by id, and if asked each with all its scopes: a page, or all where none is asked for. */
export function findResources(
  { resources }: Collections,
  { includeScopes = false, ...query }: ResourcesQuery,
): Promise<Found<Resource>> {
  const shown = { _id: 0, id: 1, name: text('$name', '$id'), indicator: text('$indicator', '$id') };
  return findSorted(
    resources,
    query,
    [{ $set: { id: asText('$_id') } }, { $match: { id: { $gt: '' } } }],
    includeScopes ? [SCOPES, { $project: { ...shown, scopes: 1 } }] : [{ $project: shown }],
  );
}

/** An id that is a string: no other can be assigned. */
const WITH_ID: LookUpStages = [{ $match: { _id: { $gt: '' } } }];

/** No request names a resource, so its id may also be an ObjectId, which is written as its digits. */
const asText = (field: string) => ({ $convert: { input: field, to: 'string', onError: '', onNull: '' } });

const SCOPES: PipelineStage.Lookup = {
  $lookup: {
    from: 'resource_scopes',
    localField: '_id',
    foreignField: 'resource_id',
    pipeline: [
      ...WITH_ID,
      ...BY_NAME,
      { $project: { _id: 0, ...SCOPE_DETAIL, resourceId: asText('$resource_id') } },
    ],
    as: 'scopes',
  },
};

/** The rows of a collection that pass a filter, sorted by `_id`, and how many there are if a page is asked for. */
async function findSorted<Item>(
  model: Pick<Model<unknown>, 'aggregate'>,
  query: PageQuery,
  filter: LookUpStages,
  shape: LookUpStages,
): Promise<Found<Item>> {
  const stretch = stretchOf(query);
  const sorted: LookUpStages = [{ $sort: { _id: 1 } }, ...filter];
  // Without the hint, the database scans and sorts where the filter computes what it compares.
  const options = { maxTimeMS: READ_LIMIT_MS, hint: { _id: 1 } };
  if (!stretch) return { items: await model.aggregate<Item>([...sorted, ...shape], options) };
  const { skip, limit } = stretch;
  const [items, [count]] = await Promise.all([
    model.aggregate<Item>([...sorted, { $skip: skip }, { $limit: limit }, ...shape], options),
    model.aggregate<{ total: number }>([...sorted, { $count: 'total' }], options),
  ]);
  return { items, total: count?.total ?? 0 };
}
