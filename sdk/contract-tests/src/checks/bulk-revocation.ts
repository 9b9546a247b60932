import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import { expectEvent } from './audit-events.ts';
import { memberOf } from './callers.ts';
import type { Check } from './check.ts';
import { activeGrants, type Grant, listGrants, pathOf, readGrant } from './grants.ts';
import { objectsIn } from './lists.ts';
import { preview } from './previews.ts';
import { expectProblem, fieldsOf, INVALID, NO_SUCH_GRANT } from './problems.ts';

const REVOKE = 'revokeOAuthGrants';
const ME = 'listMeGrants';

/** Rules of OAuth Grants about revoking several grants. */
export const BULK_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'selected grants are revoked all or none, and a refusal names each that is wrong',
    writes: true,
    async run(test, { client, otherToken }) {
      const [grant] = await activeGrants(test, client, 1);
      if (!grant) return;
      const before = await readGrant(test, client, grant);
      const { grant_id } = grant;
      const wrong = await client.call(test, REVOKE, { body: { grant_ids: ['!', grant_id, ''] } });
      expectProblem(test, client, wrong, INVALID, 'ids that are none');
      if (otherToken !== undefined) {
        const theirs = await listGrants(test, client, {
          token: otherToken,
          query: { status: 'all', limit: 2 },
        });
        const [first, second] = theirs.map((one) => one.grant_id);
        if (second === undefined) test.skip('the other account has fewer than two grants');
        const unknown = await client.call(test, REVOKE, { body: { grant_ids: [first, grant_id, second] } });
        expectProblem(test, client, unknown, NO_SUCH_GRANT, 'grants of another account');
        if (!isDeepStrictEqual(fieldsOf(unknown).toSorted(), ['/grant_ids/0', '/grant_ids/2']))
          client.differs(test, unknown, 'errors that do not name just the ids that are not found');
      }
      if (!isDeepStrictEqual(await readGrant(test, client, grant), before))
        client.differs(test, wrong, 'a grant that a refused revocation changed');
      if (otherToken === undefined)
        test.skip('no other_account_admin_token was given: ids that are none only');
    },
  },
  {
    document: 'oauth-grants',
    name: 'consents of selected grants are revoked if asked for, and are gone from Me grants',
    writes: true,
    async run(test, context) {
      const { client } = context;
      const member = memberOf(test, context);
      const grant = await grantWithConsent(test, client, member.token);
      const others = await activeGrants(test, client, 1);
      const other = others.find(({ user_id }) => user_id !== member.value);
      if (!other) return test.skip('nobody else has an active grant');
      const grant_ids = [grant.grant_id, other.grant_id];
      const seesConsents = client.operations.some(({ operationId }) => operationId === ME);
      const consentsOf = async () =>
        seesConsents
          ? objectsIn((await client.succeed(test, ME, { token: member.token })).body, 'data').length
          : 0;
      const own = await preview(test, client, { grant_ids: [grant.grant_id], include_consent: true });
      const expected = await preview(test, client, { grant_ids, include_consent: true });
      const before = await consentsOf();
      const done = await client.succeed(test, REVOKE, { body: { grant_ids, include_consent: true } });
      const { tokens: revoked_tokens, consents: revoked_consents } = expected.body;
      if (!isDeepStrictEqual(done.body, { revoked_tokens, revoked_consents }))
        client.differs(test, done, 'other numbers than a preview of the same');
      if (seesConsents && before - (await consentsOf()) !== own.body.consents)
        client.differs(test, done, 'consents that are still in Me grants');
      for (const one of [grant, other])
        await expectEvent(test, client, done, { action: 'revoke', ...pathOf(one) });
    },
  },
];

/** An active grant of a member that names a consent. */
async function grantWithConsent(test: Case, client: Client, token: string): Promise<Grant> {
  for (const grant of await listGrants(test, client, { token, query: { limit: 10 } })) {
    const seen = await preview(test, client, { grant_ids: [grant.grant_id], include_consent: true });
    if (Number(seen.body.consents) > 0) return grant;
  }
  return test.skip('the member has no active grant with a consent');
}
