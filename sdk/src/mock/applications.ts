import type { ResourceScopeGroup } from '../generated/types.gen.ts';
import type { Call, Handlers } from './call.ts';
import type { MockData } from './state.ts';

type OfApplication = 'listUserConsentScopes' | 'assignUserConsentScopes' | 'removeUserConsentScope';
type Assigned = MockData['applications'][string];

/** The list in which a kind of scope is. */
const LISTS = {
  'organization-scopes': 'organizationScopes',
  'resource-scopes': 'resourceScopes',
  'organization-resource-scopes': 'organizationResourceScopes',
  'user-scopes': 'userScopes',
} as const;

const NOTHING: Assigned = {
  organizationScopes: [],
  resourceScopes: [],
  organizationResourceScopes: [],
  userScopes: [],
};

/** User consent scopes. */
export const applicationHandlers: Handlers<OfApplication> = {
  listUserConsentScopes(call) {
    const assigned = assignedTo(call);
    const { scopes } = call.state.data;
    const body = {
      organizationScopes: scopes.organizationScopes.filter(({ id }) =>
        assigned.organizationScopes.includes(id),
      ),
      resourceScopes: groupsWith(scopes.resourceScopes, assigned.resourceScopes),
      organizationResourceScopes: groupsWith(
        scopes.organizationResourceScopes,
        assigned.organizationResourceScopes,
      ),
      userScopes: [...assigned.userScopes].sort(),
    };
    return { status: 200, body };
  },

  assignUserConsentScopes(call) {
    const added = { ...NOTHING, ...call.body };
    const assigned = assignedTo(call);
    const { meGrants, scopes } = call.state.data;
    const isFirstParty = meGrants.some(
      (grant) => grant.is_first_party && grant.client_id === call.path.applicationId,
    );
    if (isFirstParty) throw call.refuse(422, 'first_party');
    const ofResources = [...scopes.resourceScopes, ...scopes.organizationResourceScopes].flatMap(
      (group) => group.scopes,
    );
    const data = {
      invalidOrganizationScopes: without(added.organizationScopes, scopes.organizationScopes),
      invalidResourceScopes: without(added.resourceScopes, ofResources),
      invalidOrganizationResourceScopes: without(added.organizationResourceScopes, ofResources),
    };
    const { invalidOrganizationScopes, ...ofResource } = data;
    const areOfOrganizations = invalidOrganizationScopes.length > 0;
    const areOfResources = Object.values(ofResource).flat().length > 0;
    if (areOfOrganizations || areOfResources) {
      const message = messageOf(areOfOrganizations, areOfResources);
      throw call.refuse(422, 'scopes_not_found', { data, message });
    }
    assigned.organizationScopes = union(assigned.organizationScopes, added.organizationScopes);
    assigned.resourceScopes = union(assigned.resourceScopes, added.resourceScopes);
    assigned.organizationResourceScopes = union(
      assigned.organizationResourceScopes,
      added.organizationResourceScopes,
    );
    assigned.userScopes = union(assigned.userScopes, added.userScopes);
    return { status: 201 };
  },

  removeUserConsentScope(call) {
    const { scopeType, scopeId } = call.path;
    const list: string[] = assignedTo(call)[LISTS[scopeType]];
    const index = list.indexOf(scopeId);
    if (index < 0) throw call.refuse(404, 'scope_not_assigned');
    list.splice(index, 1);
    return { status: 204 };
  },
};

/** Says where those that there are can be found. */
function messageOf(areOfOrganizations: boolean, areOfResources: boolean): string {
  return [
    'Invalid user consent scopes.',
    ...(areOfOrganizations
      ? ['GET /api/organization-scopes lists the organization scopes that there are.']
      : []),
    ...(areOfResources
      ? ['GET /api/resources?includeScopes=true lists the resource scopes that there are.']
      : []),
  ].join(' ');
}

function assignedTo(call: Call<OfApplication>): Assigned {
  const { applicationId } = call.path;
  const { applications } = call.state.data;
  const assigned = Object.hasOwn(applications, applicationId) ? applications[applicationId] : undefined;
  if (assigned) return assigned;
  const message = `The applications with ID \`${applicationId}\` does not exist.`;
  throw call.refuse(404, 'application_not_found', { message });
}

/** The groups with only those of their scopes; those without any are left out. */
function groupsWith(groups: ResourceScopeGroup[], ids: string[]): ResourceScopeGroup[] {
  return groups
    .map(({ resource, scopes }) => ({ resource, scopes: scopes.filter(({ id }) => ids.includes(id)) }))
    .filter(({ scopes }) => scopes.length > 0);
}

function without(ids: string[], known: { id: string }[]): string[] {
  return [...new Set(ids)].filter((id) => !known.some((scope) => scope.id === id));
}

function union<T>(some: T[], others: T[]): T[] {
  return [...new Set([...some, ...others])];
}
