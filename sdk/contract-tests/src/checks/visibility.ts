import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { AUDIT } from './audit-events.ts';
import { CALLERS, type Caller, callerOf } from './callers.ts';
import { type Check, type CheckContext, NOBODY } from './check.ts';
import { type Grant, LIST, listGrants, MAX_LIMIT, pathOf, readGrant } from './grants.ts';
import { objectsIn } from './lists.ts';
import { expectProblem, FORBIDDEN, fieldsOf, NO_SUCH_GRANT } from './problems.ts';
import { requireSearch, SEARCH } from './search.ts';

const ALL = { status: 'all' };
/** How many grants of others are tried. */
const MAX_TRIED = 3;

/** Rules of OAuth Grants about who may see and change what. */
export const VISIBILITY_CHECKS: Check[] = CALLERS.flatMap((kind): Check[] => [
  {
    document: 'oauth-grants',
    name: `${kind.who} sees just a part of the account's grants`,
    async run(test, context) {
      const { client } = context;
      const caller = callerOf(test, context, kind);
      const { token, field, value } = caller;
      const expected = await listGrants(test, client, { query: { ...ALL, [field]: value } });
      const own = await client.succeed(test, LIST, { token, query: { ...ALL, limit: MAX_LIMIT } });
      const ids = (grants: Grant[]) => grants.map(({ grant_id }) => grant_id).toSorted();
      if (!isDeepStrictEqual(ids(objectsIn(own.body, 'grants')), ids(expected)))
        client.differs(test, own, `other grants than the account has of the ${field}`);
      await expectForbidden(test, client, caller, LIST, ['account_id', NOBODY]);
      for (const grant of await grantsOutside(test, client, caller)) {
        const answer = await client.call(test, 'getOAuthGrant', { token, path: pathOf(grant) });
        expectProblem(test, client, answer, NO_SUCH_GRANT, `a grant of another ${field}`);
        for (const operationId of [LIST, AUDIT]) {
          const takesFilter = client.operation(operationId).parameters?.some(({ name }) => name === field);
          if (takesFilter)
            await expectForbidden(test, client, caller, operationId, [field, String(grant[field])]);
        }
      }
    },
  },
  {
    document: 'oauth-grants',
    name: `${kind.who} finds no user or client beyond their own grants`,
    async run(test, context) {
      const { client } = context;
      requireSearch(test, client);
      const caller = callerOf(test, context, kind);
      const own = await listGrants(test, client, { token: caller.token, query: ALL });
      const others = await grantsOutside(test, client, caller);
      for (const grant of [...own.slice(0, 1), ...others]) {
        for (const name of ['user_id', 'user_name', 'user_email', 'client_id', 'client_name']) {
          if (typeof grant[name] === 'string') await searchOwn(test, client, caller, grant[name], own);
        }
      }
    },
  },
  {
    document: 'oauth-grants',
    name: `${kind.who} cannot change what they do not see`,
    writes: true,
    async run(test, context) {
      const { client } = context;
      const caller = callerOf(test, context, kind);
      const [grant] = await grantsOutside(test, client, caller, 'active');
      if (!grant) return test.skip(`there is no active grant of another ${caller.field}`);
      const { field, token } = caller;
      await expectUnchangeable(test, context, grant, token);
      const body = { [field]: grant[field] };
      const answer = await client.call(test, 'revokeOAuthGrants', {
        token,
        body: { ...body, dry_run: true },
      });
      expectProblem(test, client, answer, FORBIDDEN, `another ${field}`);
    },
  },
]).concat({
  document: 'oauth-grants',
  name: 'an admin of another account cannot change a grant',
  writes: true,
  async run(test, context) {
    const { client, otherToken } = context;
    if (otherToken === undefined) return test.skip('no other_account_admin_token was given');
    const [grant] = await listGrants(test, client, { query: { limit: 1 } });
    if (!grant) return test.skip('there is no active grant');
    await expectUnchangeable(test, context, grant, otherToken);
  },
});

/** Some of the admin's grants that a caller does not see. */
async function grantsOutside(
  test: Case,
  client: Client,
  { field, value }: Caller,
  status = 'all',
): Promise<Grant[]> {
  const grants = await listGrants(test, client, { query: { status } });
  const outside = grants.filter((grant) => grant[field] !== value && grant[field] !== '');
  // The first and the last, which differ in more than two neighbours do.
  return [...outside.slice(0, MAX_TRIED - 1), ...outside.slice(MAX_TRIED - 1).slice(-1)];
}

async function expectForbidden(
  test: Case,
  client: Client,
  { token }: Caller,
  operationId: string,
  [name, value]: readonly [name: string, value: string],
): Promise<void> {
  const answer = await client.call(test, operationId, { token, query: { [name]: value } });
  expectProblem(test, client, answer, FORBIDDEN, `another ${name}`);
  const fields = fieldsOf(answer);
  if (fields.length > 0 && !fields.includes(name))
    client.differs(test, answer, `errors that do not name ${name}`);
}

/** Searches for a text: whatever is found must be of the caller's grants. */
async function searchOwn(
  test: Case,
  client: Client,
  { token }: Caller,
  text: string,
  own: Grant[],
): Promise<void> {
  if (text === '') return;
  const found = await client.succeed(test, SEARCH, { token, body: { query: text, limit: 50 } });
  for (const [list, id] of [
    ['users', 'user_id'],
    ['clients', 'client_id'],
  ] as const) {
    const isForeign = (one: Record<string, unknown>) => !own.some((grant) => grant[id] === one[id]);
    if (objectsIn(found.body, list).some(isForeign))
      client.differs(test, found, `a ${id} of no grant that the caller sees`);
  }
}

/** Tries to change a grant in each way with a token that does not see it. */
async function expectUnchangeable(
  test: Case,
  { client }: CheckContext,
  grant: Grant,
  token: string,
): Promise<void> {
  const path = pathOf(grant);
  const before = await readGrant(test, client, grant);
  for (const operationId of ['revokeOAuthGrant', 'suspendOAuthGrant', 'restoreOAuthGrant']) {
    const answer = await client.call(test, operationId, { token, path });
    expectProblem(test, client, answer, NO_SUCH_GRANT, 'a grant that the caller does not see');
  }
  const selected = await client.call(test, 'revokeOAuthGrants', {
    token,
    body: { grant_ids: [path.grant_id] },
  });
  expectProblem(test, client, selected, NO_SUCH_GRANT, 'a grant that the caller does not see');
  if (!isDeepStrictEqual(await readGrant(test, client, grant), before))
    client.differs(test, selected, 'a grant that somebody changed who does not see it');
}
