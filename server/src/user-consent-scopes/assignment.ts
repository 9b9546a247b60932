import type { Collections } from '../database/collections.ts';
import { equals, isOneOf } from '../database/filters.ts';
import type { components, operations } from '../generated/user-consent-scopes.ts';
import { textList } from '../grants/rows/values.ts';

type Assignment = components['schemas']['UserConsentScopesAssignment'];
type ScopeType = operations['removeUserConsentScope']['parameters']['path']['scopeType'];

/** The ids that do not exist, by kind of scope. Always returns all three lists. */
export async function unknownScopes(collections: Collections, assignment: Assignment) {
  const { organizationScopes = [], resourceScopes = [], organizationResourceScopes = [] } = assignment;
  const ofResources = [...resourceScopes, ...organizationResourceScopes];
  const [knownToOrganizations, knownToResources] = await Promise.all([
    collections.organizationScopes.distinct('_id', { _id: isOneOf(organizationScopes) }),
    collections.resourceScopes.distinct('_id', { _id: isOneOf(ofResources) }),
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

/** Adds scopes to an application's, in one atomic update; those it already has stay as they are. */
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
    organization_scopes: organizationScopes,
    resource_scopes: resourceScopes,
    organization_resource_scopes: organizationResourceScopes,
    user_scopes: userScopes,
  };
  const fields = Object.entries(added).filter(([, ids]) => ids.length > 0);
  if (fields.length === 0) return;
  const union = fields.map(([field, ids]) => [
    field,
    { $setUnion: [textList(`$${field}`), { $literal: ids }] },
  ]);
  await userConsentScopes.updateOne({ _id: equals(applicationId) }, [{ $set: Object.fromEntries(union) }], {
    upsert: true,
    updatePipeline: true,
  });
}

const FIELDS = {
  'organization-scopes': 'organization_scopes',
  'resource-scopes': 'resource_scopes',
  'organization-resource-scopes': 'organization_resource_scopes',
  'user-scopes': 'user_scopes',
} as const satisfies Record<ScopeType, string>;

/** Removes one scope from an application; returns false if it does not have it. */
export async function removeScope(
  { userConsentScopes }: Collections,
  applicationId: string,
  scopeType: ScopeType,
  scopeId: string,
): Promise<boolean> {
  const field = FIELDS[scopeType];
  const { modifiedCount } = await userConsentScopes.updateOne(
    { _id: equals(applicationId), [field]: equals(scopeId) },
    [{ $set: { [field]: { $setDifference: [textList(`$${field}`), [{ $literal: scopeId }]] } } }],
    { updatePipeline: true },
  );
  return modifiedCount > 0;
}
