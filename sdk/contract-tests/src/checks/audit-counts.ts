import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { type AuditEvent, expectEvent } from './audit-events.ts';
import type { Check } from './check.ts';
import { activeGrants, type Grant, pathOf } from './grants.ts';
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
    const expectCounts = (done: Answer, fields: AuditEvent) =>
      expectEvent(test, client, done, { action: 'revoke', fields });
    const both = await client.succeed(test, REVOKE, { path: pathOf(one), query: { include_consent: true } });
    await expectCounts(both, { grants: 1, grant_ids: [one.grant_id] });
    // Its tokens first, then its consents: the second event is of no grant.
    const tokens = await client.succeed(test, REVOKE, { path: pathOf(other) });
    await expectCounts(tokens, { grants: 1, grant_ids: [other.grant_id] });
    const rest = await client.succeed(test, REVOKE, {
      path: pathOf(other),
      query: { include_consent: true },
    });
    if (rest.body.revoked_consents === 0)
      client.differs(test, rest, 'no consent of a grant that a preview had one of');
    else await expectCounts(rest, { grants: 0, grant_ids: [] });
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
