import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import type { Check } from './check.ts';
import { itemsOf } from './scope-pages.ts';

const LIST = 'listUserConsentScopes';
/** How many applications are looked at. */
const MAX_APPLICATIONS = 5;

type Item = Record<string, unknown>;

/** A rule of User consent scopes: what an application has is what there is to assign, by the same names. */
export const SCOPE_NAMES_CHECK: Check = {
  document: 'user-consent-scopes',
  name: 'the scopes of an application are called as in the lists of what there is to assign',
  async run(test, { client, known }) {
    const applications = known.of('applicationId').slice(0, MAX_APPLICATIONS);
    if (applications.length === 0) test.skip('no application is known: give application_id');
    const there = await everything(test, client);
    for (const applicationId of applications) {
      const answer = await client.call(test, LIST, { path: { applicationId } });
      // A client that is known by its metadata document alone is no application.
      if (answer.status === 404 || !isObject(answer.body)) continue;
      const { organizationScopes, resourceScopes, organizationResourceScopes } = answer.body;
      const ofResources = [...itemsOf(resourceScopes), ...itemsOf(organizationResourceScopes)];
      for (const { resource, scopes } of ofResources) {
        if (!isObject(resource)) continue;
        if (isOther(resource, there.get(idOf('resource', resource))))
          client.differs(test, answer, 'a resource that is called otherwise, or is not there');
        if (itemsOf(scopes).some((scope) => isOther(scope, there.get(idOf(resource.id, scope)))))
          client.differs(test, answer, 'a scope that its resource does not have like this');
        if (itemsOf(scopes).length === 0) client.differs(test, answer, 'a resource without a scope');
      }
      if (itemsOf(organizationScopes).some((scope) => isOther(scope, there.get(idOf('organization', scope)))))
        client.differs(test, answer, 'an organization scope that is called otherwise, or is not there');
    }
  },
};

/** All that there is to assign, by what it is of and its id. */
async function everything(test: Case, client: Client): Promise<Map<string, Item>> {
  const organization = await client.call(test, 'listOrganizationScopes');
  const answer = await client.call(test, 'listResources', { query: { includeScopes: true } });
  const resources = itemsOf(answer.body);
  return new Map([
    ...itemsOf(organization.body).map((scope) => [idOf('organization', scope), scope] as const),
    ...resources.map((resource) => [idOf('resource', resource), resource] as const),
    ...resources.flatMap(({ id, scopes }) =>
      itemsOf(scopes).map((scope) => [idOf(id, scope), scope] as const),
    ),
  ]);
}

const idOf = (of: unknown, { id }: Item) => JSON.stringify([of, id]);

/** Whether something is not as the other has it, in any field that both have. */
function isOther(one: Item, other: Item | undefined): boolean {
  if (!other) return true;
  return Object.keys(one).some((name) => name in other && !isDeepStrictEqual(one[name], other[name]));
}
