import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { AUDIT, MAX_LIMIT } from './audit-events.ts';
import type { Check } from './check.ts';
import { activeGrants, type Grant, pathOf } from './grants.ts';
import { objectsIn } from './lists.ts';
import { preview } from './previews.ts';

const REVOKE = 'revokeOAuthGrant';
/** How many grants are asked for their consents. */
const MAX_ASKED = 30;

/** A rule of OAuth Grants about the numbers of an audit event: a grant counts if it lost a token, a consent never. */
export const AUDIT_COUNT_CHECK: Check = {
  document: 'oauth-grants',
  name: 'an audit event counts the grants that lost a token, and consents apart',
  writes: true,
  async run(test, { client }) {
    const [one, other] = await grantsWithConsents(test, client, 2);
    if (!one || !other) return test.skip('there are fewer than two active grants with consents of their own');
    const both = await client.succeed(test, REVOKE, { path: pathOf(one), query: { include_consent: true } });
    await expectCounts(test, client, both, { grants: 1, grant_ids: [one.grant_id], ...both.body });
    // Its tokens first, then its consents: the second event is of no grant.
    const tokens = await client.succeed(test, REVOKE, { path: pathOf(other) });
    await expectCounts(test, client, tokens, { grants: 1, grant_ids: [other.grant_id], ...tokens.body });
    const rest = await client.succeed(test, REVOKE, {
      path: pathOf(other),
      query: { include_consent: true },
    });
    if (rest.body.revoked_consents === 0)
      client.differs(test, rest, 'no consent of a grant that a preview had one of');
    else await expectCounts(test, client, rest, { grants: 0, grant_ids: [], ...rest.body });
  },
};

/** Active grants, each with consents that a preview counts. */
async function grantsWithConsents(test: Case, client: Client, count: number): Promise<Grant[]> {
  const found: Grant[] = [];
  for (const grant of (await activeGrants(test, client, count)).slice(0, MAX_ASKED)) {
    const seen = await preview(test, client, { grant_ids: [grant.grant_id], include_consent: true });
    if (Number(seen.body.consents) > 0) found.push(grant);
    if (found.length === count) break;
  }
  return found;
}

async function expectCounts(
  test: Case,
  client: Client,
  answer: Answer,
  expected: Record<string, unknown>,
): Promise<void> {
  const page = await client.succeed(test, AUDIT, { query: { limit: MAX_LIMIT } });
  const request_id = answer.headers.get('x-request-id');
  const event = objectsIn(page.body, 'events').find((one) => one.request_id === request_id);
  if (!event) return client.differs(test, page, 'no event of a revocation that changed something');
  for (const [name, value] of Object.entries(expected)) {
    if (!isDeepStrictEqual(event[name], value))
      client.differs(test, page, `another ${name} of an event than what its request did`);
  }
}
