import type { PipelineStage } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import { equals } from '../database/filters.ts';
import type { components } from '../generated/user-consent-scopes.ts';
import { text, textList } from '../grants/rows/values.ts';

type UserConsentScopes = components['schemas']['UserConsentScopes'];

/** All user scopes, checked against the document by the compiler. */
const USER_SCOPES = {
  profile: true,
  email: true,
  phone: true,
  address: true,
  custom_data: true,
  identities: true,
  roles: true,
  'urn:logto:scope:organizations': true,
  'urn:logto:scope:organization_roles': true,
  'urn:logto:scope:sessions': true,
} as const satisfies Record<components['schemas']['UserScope'], true>;

/** The scopes assigned to an application, in one aggregation; undefined if there is no such application. */
export async function findConsentScopes(
  collections: Collections,
  applicationId: string,
): Promise<UserConsentScopes | undefined> {
  const known = { $setIntersection: [textList('$user_scopes'), Object.keys(USER_SCOPES)] };
  const pipeline: PipelineStage[] = [
    { $match: { _id: equals(applicationId) } },
    { $lookup: { from: 'user_consent_scopes', localField: '_id', foreignField: '_id', as: 'assigned' } },
    { $replaceWith: { $ifNull: [{ $first: '$assigned' }, {}] } },
    lookUp('organization_scopes', 'organization_scopes', 'organizationScopes', [
      ...BY_NAME,
      { $project: { _id: 0, ...SCOPE_DETAIL } },
    ]),
    lookUp('resource_scopes', 'resource_scopes', 'resourceScopes', BY_RESOURCE),
    lookUp('resource_scopes', 'organization_resource_scopes', 'organizationResourceScopes', BY_RESOURCE),
    {
      $project: {
        _id: 0,
        organizationScopes: 1,
        resourceScopes: 1,
        organizationResourceScopes: 1,
        userScopes: { $sortArray: { input: known, sortBy: 1 } },
      },
    },
  ];
  const [found] = await collections.clients.aggregate<UserConsentScopes>(pipeline, {
    maxTimeMS: READ_LIMIT_MS,
  });
  return found;
}

export type LookUpStages = NonNullable<PipelineStage.Lookup['$lookup']['pipeline']>;

function lookUp(from: string, localField: string, as: string, pipeline: LookUpStages): PipelineStage.Lookup {
  return { $lookup: { from, localField, foreignField: '_id', pipeline, as } };
}

/** A scope or resource without a name is shown by its id: what an application may ask for is never hidden. */
export const NAME = { $set: { name: text('$name', '$_id') } };

export const BY_NAME: LookUpStages = [NAME, { $sort: { name: 1, _id: 1 } }];

export const SCOPE_DETAIL = { id: '$_id', name: '$name', description: text('$description', null) };

/** Scopes grouped by their resource, resources by name, then id; scopes of a resource that is gone are left out. */
const BY_RESOURCE: LookUpStages = [
  ...BY_NAME,
  { $group: { _id: '$resource_id', scopes: { $push: SCOPE_DETAIL } } },
  lookUp('resources', '_id', 'resource', [
    // No request names a resource, so an ObjectId may be written as its digits.
    { $set: { id: { $convert: { input: '$_id', to: 'string', onError: '' } } } },
    { $match: { id: { $gt: '' } } },
    { $project: { _id: 0, id: 1, name: text('$name', '$id'), indicator: text('$indicator', '$id') } },
  ]),
  { $unwind: '$resource' },
  { $sort: { 'resource.name': 1, 'resource.id': 1 } },
  { $project: { _id: 0, resource: 1, scopes: 1 } },
];
