import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { isObject } from '../exchange.ts';
import type { Check } from './check.ts';
import { findApplication } from './scope-assignment.ts';
import { itemsOf } from './scope-pages.ts';

const LIST = 'listUserConsentScopes';
const ASSIGN = 'assignUserConsentScopes';
const REMOVE = 'removeUserConsentScope';

/** The lists of an application's scopes, and what a removal calls each. */
const TYPES = {
  organizationScopes: 'organization-scopes',
  resourceScopes: 'resource-scopes',
  organizationResourceScopes: 'organization-resource-scopes',
  userScopes: 'user-scopes',
};

type Kind = keyof typeof TYPES;
type Lists = Record<Kind, string[]>;

const KINDS: Kind[] = ['organizationScopes', 'resourceScopes', 'organizationResourceScopes', 'userScopes'];

/** Rules of User consent scopes about the lists that a scope is in. */
export const SCOPE_LIST_CHECKS: Check[] = [
  {
    document: 'user-consent-scopes',
    name: 'a scope is assigned to one list and removed from one list, whatever others it is in',
    writes: true,
    async run(test, context) {
      const { client } = context;
      const applicationId = await findApplication(test, context, 201);
      if (applicationId === undefined) return test.skip('no third-party application is known');
      const path = { applicationId };
      const before = await readLists(test, client, applicationId);
      const scopes = await oneOfEach(test, client);
      try {
        for (const order of [KINDS, KINDS.toReversed()]) {
          let lists = await removeAll(test, client, applicationId, scopes);
          // From nothing to everything, then back: each list is tried while others have the scope and while none has.
          for (const change of [assignTwice, removeTwice]) {
            for (const kind of order) {
              lists = await change(test, client, { applicationId, kind, id: scopes[kind] }, lists);
            }
          }
        }
      } finally {
        const missing = KINDS.map((kind) => [kind, before[kind].filter((id) => id === scopes[kind])]);
        const answer = await client.call(test, ASSIGN, { path, body: Object.fromEntries(missing) });
        const after = await readLists(test, client, applicationId);
        if (!isDeepStrictEqual(after, before))
          client.differs(test, answer, 'other scopes than before they were removed and assigned again');
      }
    },
  },
];

/** A scope in one list of an application. */
interface Place {
  applicationId: string;
  kind: Kind;
  id: string;
}

function removalOf(applicationId: string, kind: Kind, scopeId: string) {
  return { path: { applicationId, scopeType: TYPES[kind], scopeId } };
}

/** Removes one scope from each list that has it, and reads what there is then. */
async function removeAll(
  test: Case,
  client: Client,
  applicationId: string,
  scopes: Record<Kind, string>,
): Promise<Lists> {
  const lists = await readLists(test, client, applicationId);
  for (const kind of KINDS.filter((one) => lists[one].includes(scopes[one])))
    await client.call(test, REMOVE, removalOf(applicationId, kind, scopes[kind]));
  return await readLists(test, client, applicationId);
}

/** Assigns a scope twice: it is in that list then, once, and every other list is as before. Returns what is due then. */
async function assignTwice(
  test: Case,
  client: Client,
  { applicationId, kind, id }: Place,
  before: Lists,
): Promise<Lists> {
  const expected = { ...before, [kind]: [...before[kind], id].toSorted() };
  for (const ids of [[id], [id, id]]) {
    const call = { path: { applicationId }, body: { [kind]: ids } };
    const done = await client.call(test, ASSIGN, call);
    if (done.status !== 201) client.differs(test, done, `a ${done.status} for an assignment to ${kind}`);
    await expectLists(test, client, done, applicationId, expected);
  }
  return expected;
}

/** Removes a scope twice: it is in every other list as before, and the second time it is not found. */
async function removeTwice(
  test: Case,
  client: Client,
  { applicationId, kind, id }: Place,
  before: Lists,
): Promise<Lists> {
  const done = await client.call(test, REMOVE, removalOf(applicationId, kind, id));
  if (done.status !== 204) client.differs(test, done, `a ${done.status} for a scope in ${kind}`);
  const expected = { ...before, [kind]: before[kind].filter((one) => one !== id) };
  await expectLists(test, client, done, applicationId, expected);
  const again = await client.call(test, REMOVE, removalOf(applicationId, kind, id));
  const code = isObject(again.body) ? again.body.code : undefined;
  if (again.status !== 404 || code !== 'entity.not_found')
    client.differs(test, again, `a ${again.status} ${code} for a scope that ${kind} has not`);
  return expected;
}

async function expectLists(
  test: Case,
  client: Client,
  done: Answer,
  applicationId: string,
  expected: Lists,
): Promise<void> {
  const lists = await readLists(test, client, applicationId);
  for (const kind of KINDS) {
    if (!isDeepStrictEqual(lists[kind], expected[kind]))
      client.differs(test, done, `${kind} that are not those before with this one change`);
  }
}

/** The ids in each list of an application. */
async function readLists(test: Case, client: Client, applicationId: string): Promise<Lists> {
  const { body } = await client.succeed(test, LIST, { path: { applicationId } });
  const ids = (list: unknown) => itemsOf(list).map(({ id }) => String(id));
  const ofResources = (list: unknown) => itemsOf(list).flatMap(({ scopes }) => ids(scopes));
  return {
    organizationScopes: ids(body.organizationScopes).toSorted(),
    resourceScopes: ofResources(body.resourceScopes).toSorted(),
    organizationResourceScopes: ofResources(body.organizationResourceScopes).toSorted(),
    userScopes: [body.userScopes].flat().map(String).toSorted(),
  };
}

/** A scope for each list; for both lists of resources the same. Ends the case if there is none. */
async function oneOfEach(test: Case, client: Client): Promise<Record<Kind, string>> {
  const organizationScopes = itemsOf((await client.call(test, 'listOrganizationScopes')).body);
  const resources = await client.call(test, 'listResources', { query: { includeScopes: true } });
  const ofResource = itemsOf(resources.body).flatMap(({ scopes }) => itemsOf(scopes))[0]?.id;
  const ofOrganization = organizationScopes[0]?.id;
  if (ofResource === undefined || ofOrganization === undefined)
    return test.skip('there is no scope of an organization, or none of a resource');
  return {
    organizationScopes: String(ofOrganization),
    resourceScopes: String(ofResource),
    organizationResourceScopes: String(ofResource),
    userScopes: 'profile',
  };
}
