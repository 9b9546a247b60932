import type { PipelineStage } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import type { components } from '../generated/user-consent-scopes.ts';

type UserConsentScopes = components['schemas']['UserConsentScopes'];

/** The scopes assigned to an application, in one aggregation; undefined where there is no such application. */
export async function findConsentScopes(
  collections: Collections,
  applicationId: string,
): Promise<UserConsentScopes | undefined> {
  const pipeline: PipelineStage[] = [
    { $match: { _id: { $eq: applicationId } } },
    { $lookup: { from: 'user_consent_scopes', localField: '_id', foreignField: '_id', as: 'assigned' } },
    { $replaceWith: { $ifNull: [{ $first: '$assigned' }, {}] } },
    {
      $lookup: {
        from: 'organization_scopes',
        localField: 'organization_scopes',
        foreignField: '_id',
        pipeline: [{ $sort: { name: 1, _id: 1 } }, { $project: scopeDetail }],
        as: 'organizationScopes',
      },
    },
    lookUpByResource('resource_scopes', 'resourceScopes'),
    lookUpByResource('organization_resource_scopes', 'organizationResourceScopes'),
    {
      $project: {
        _id: 0,
        organizationScopes: 1,
        resourceScopes: 1,
        organizationResourceScopes: 1,
        userScopes: { $sortArray: { input: { $ifNull: ['$user_scopes', []] }, sortBy: 1 } },
      },
    },
  ];
  const [found] = await collections.clients.aggregate<UserConsentScopes>(pipeline, {
    maxTimeMS: READ_LIMIT_MS,
  });
  return found;
}

const scopeDetail = {
  _id: 0,
  id: '$_id',
  name: 1,
  description: { $ifNull: ['$description', null] },
} as const;

/** Scopes by the resource they belong to; those of a resource that is gone are left out. Sorted by name, then id. */
function lookUpByResource(localField: string, as: string): PipelineStage.Lookup {
  return {
    $lookup: {
      from: 'resource_scopes',
      localField,
      foreignField: '_id',
      pipeline: [
        { $sort: { name: 1, _id: 1 } },
        {
          $group: {
            _id: '$resource_id',
            scopes: {
              $push: { id: '$_id', name: '$name', description: { $ifNull: ['$description', null] } },
            },
          },
        },
        { $lookup: { from: 'resources', localField: '_id', foreignField: '_id', as: 'resource' } },
        { $unwind: '$resource' },
        { $sort: { 'resource.name': 1, _id: 1 } },
        {
          $project: {
            _id: 0,
            resource: { id: '$resource._id', name: '$resource.name', indicator: '$resource.indicator' },
            scopes: 1,
          },
        },
      ],
      as,
    },
  };
}
