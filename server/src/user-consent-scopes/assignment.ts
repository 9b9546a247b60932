import { mongo } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import type { components, operations } from '../generated/user-consent-scopes.ts';

type Assignment = components['schemas']['UserConsentScopesAssignment'];
type ScopeType = operations['removeUserConsentScope']['parameters']['path']['scopeType'];

const DUPLICATE_KEY = 11_000;

/** The ids that do not exist, by the kind of scope that was asked for. All three lists are always there. */
export async function unknownScopes(collections: Collections, assignment: Assignment) {
  const { organizationScopes = [], resourceScopes = [], organizationResourceScopes = [] } = assignment;
  const ofResources = [...resourceScopes, ...organizationResourceScopes];
  const [knownToOrganizations, knownToResources] = await Promise.all([
    collections.organizationScopes.distinct('_id', { _id: { $in: organizationScopes } }),
    collections.resourceScopes.distinct('_id', { _id: { $in: ofResources } }),
  ]);
  return {
    invalidOrganizationScopes: without(organizationScopes, knownToOrganizations),
    invalidResourceScopes: without(resourceScopes, knownToResources),
    invalidOrganizationResourceScopes: without(organizationResourceScopes, knownToResources),
  };
}

function without(ids: string[], known: string[]): string[] {
  const found = new Set(known);
  return [...new Set(ids)].filter((id) => !found.has(id));
}

/** Adds scopes to what an application has, in one atomic update; what it has already stays as it is. */
export async function assignScopes(
  { userConsentScopes }: Collections,
  applicationId: string,
  {
    organizationScopes = [],
    resourceScopes = [],
    organizationResourceScopes = [],
    userScopes = [],
  }: Assignment,
): Promise<void> {
  const added = {
    organization_scopes: { $each: organizationScopes },
    resource_scopes: { $each: resourceScopes },
    organization_resource_scopes: { $each: organizationResourceScopes },
    user_scopes: { $each: userScopes },
  };
  const add = () =>
    userConsentScopes.updateOne({ _id: applicationId }, { $addToSet: added }, { upsert: true });
  try {
    await add();
  } catch (error) {
    // Two first assignments at once: the other one made the document, so now there is one to add to.
    if (!(error instanceof mongo.MongoServerError) || error.code !== DUPLICATE_KEY) throw error;
    await add();
  }
}

const FIELDS = {
  'organization-scopes': 'organization_scopes',
  'resource-scopes': 'resource_scopes',
  'organization-resource-scopes': 'organization_resource_scopes',
  'user-scopes': 'user_scopes',
} as const satisfies Record<ScopeType, string>;

/** Takes one scope from an application; gives false where it does not have it. */
export async function removeScope(
  { userConsentScopes }: Collections,
  applicationId: string,
  scopeType: ScopeType,
  scopeId: string,
): Promise<boolean> {
  const { modifiedCount } = await userConsentScopes.updateOne(
    { _id: applicationId },
    { $pull: { [FIELDS[scopeType]]: scopeId } },
  );
  return modifiedCount > 0;
}
