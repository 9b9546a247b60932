import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import { type Check, type CheckContext, NOBODY } from './check.ts';
import { repeated } from './lists.ts';
import { isSortedByName, itemsOf } from './scope-pages.ts';

const LIST = 'listUserConsentScopes';
const ASSIGN = 'assignUserConsentScopes';
/** How many applications are looked at. */
const MAX_APPLICATIONS = 5;

/** The lists of an assignment, and where an error names the ids of each that do not exist. */
const KINDS = {
  organizationScopes: 'invalidOrganizationScopes',
  resourceScopes: 'invalidResourceScopes',
  organizationResourceScopes: 'invalidOrganizationResourceScopes',
};

/** Rules of User consent scopes about what an application has. */
export const SCOPE_ASSIGNMENT_CHECKS: Check[] = [
  {
    document: 'user-consent-scopes',
    name: 'the scopes of an application are listed, each once, sorted by name',
    async run(test, { client, known }) {
      const applications = known.of('applicationId').slice(0, MAX_APPLICATIONS);
      if (applications.length === 0) test.skip('no application is known: give application_id');
      for (const applicationId of applications) {
        const answer = await client.call(test, LIST, { path: { applicationId } });
        // A client that is known by its metadata document alone is no application.
        if (answer.status === 404 || !isObject(answer.body)) continue;
        known.learn(answer.body);
        for (const list of listsIn(answer.body)) {
          if (repeated(list.map(({ id }) => id)).length > 0)
            client.differs(test, answer, 'a scope or resource that is listed twice');
          if (!isSortedByName(list))
            client.differs(test, answer, 'scopes or resources that are not sorted by name');
        }
        if (repeated([answer.body.userScopes].flat()).length > 0)
          client.differs(test, answer, 'a user scope that is listed twice');
      }
    },
  },
  {
    document: 'user-consent-scopes',
    name: 'an id that does not exist is refused in every list of an assignment, and nothing is assigned',
    async run(test, context) {
      const { client } = context;
      if (!client.mayCall(client.operation(ASSIGN))) test.skip('it is a POST: writes were not allowed');
      const applicationId = await findApplication(test, context, 201);
      if (applicationId === undefined) return test.skip('no third-party application is known');
      const path = { applicationId };
      const before = await client.succeed(test, LIST, { path });
      const good = await everything(test, client);
      for (const kind of Object.keys(KINDS)) {
        const body = { ...good, [kind]: [...(good[kind] ?? []), NOBODY] };
        const answer = await client.call(test, ASSIGN, { path, body });
        const error = isObject(answer.body) ? answer.body : {};
        if (answer.status !== 422 || error.code !== 'application.user_consent_scopes_not_found') {
          client.differs(test, answer, `a ${answer.status} for an unknown id in ${kind}`);
          continue;
        }
        const named = Object.entries(KINDS).map(([one, name]) => [name, one === kind ? [NOBODY] : []]);
        if (!isDeepStrictEqual(error.data, Object.fromEntries(named)))
          client.differs(test, answer, `an error that does not name the unknown id in ${kind} alone`);
      }
      const after = await client.succeed(test, LIST, { path });
      if (!isDeepStrictEqual(after.body, before.body))
        client.differs(test, after, 'scopes that a refused assignment has assigned');
    },
  },
];

/**
 * An application by what the server answers to an assignment of nothing: a 201 if it is a third-party one, a 422 if it is
 * not; undefined if none is known.
 */
export async function findApplication(
  test: Case,
  { client, known }: CheckContext,
  wanted: 201 | 422,
): Promise<string | undefined> {
  for (const applicationId of known.of('applicationId')) {
    const { status } = await client.call(test, ASSIGN, { path: { applicationId }, body: {} });
    if (status === wanted) return applicationId;
  }
  return undefined;
}

/** Every id that there is, by its list in an assignment. */
async function everything(test: Case, client: Client): Promise<Record<string, unknown[]>> {
  const organizationScopes = await client.call(test, 'listOrganizationScopes');
  const resources = await client.call(test, 'listResources', { query: { includeScopes: true } });
  const ofResources = itemsOf(resources.body).flatMap(({ scopes }) => itemsOf(scopes).map(({ id }) => id));
  return {
    organizationScopes: itemsOf(organizationScopes.body).map(({ id }) => id),
    resourceScopes: ofResources,
    organizationResourceScopes: ofResources,
    userScopes: ['profile'],
  };
}

/** What is sorted by name in the scopes of an application: scopes, resources, and the scopes of each resource. */
function listsIn(body: Record<string, unknown>): Record<string, unknown>[][] {
  const byResource = ['resourceScopes', 'organizationResourceScopes'].flatMap((kind) => {
    const entries = itemsOf(body[kind]);
    const resources = entries.flatMap(({ resource }) => (isObject(resource) ? [resource] : []));
    return [resources, ...entries.map(({ scopes }) => itemsOf(scopes))];
  });
  return [itemsOf(body.organizationScopes), ...byResource];
}
