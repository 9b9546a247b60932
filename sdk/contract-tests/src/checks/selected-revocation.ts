import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { expectEvent, expectNoEvent } from './audit-events.ts';
import type { Check } from './check.ts';
import { unknownIdLike } from './grant-ids.ts';
import { type Grant, listGrants, pathOf, readGrant } from './grants.ts';
import { preview } from './previews.ts';
import { expectProblem, fieldsOf, INVALID, NO_SUCH_GRANT } from './problems.ts';

const REVOKE_ONE = 'revokeOAuthGrant';
const REVOKE = 'revokeOAuthGrants';
const STATUSES = ['active', 'expired', 'revoked'];
/** Base64url, as the pattern of an id has it, and the id of nothing. */
const NO_ID = 'AAAA';

/** Rules of OAuth Grants about revoking by ids. */
export const SELECTED_REVOCATION_CHECKS: Check[] = [
  ...STATUSES.map(
    (status): Check => ({
      document: 'oauth-grants',
      name: `a grant that is ${status} is revoked by its id once, its consent if asked for, and events count each`,
      writes: true,
      async run(test, { client }) {
        const grant = await grantOf(test, client, status);
        if (!grant) return test.skip(`no grant is ${status}`);
        const path = pathOf(grant);
        const { body } = await preview(test, client, { ...idsOf(grant), include_consent: true });
        const { tokens, consents } = body;
        const left = { revoked_tokens: tokens, revoked_consents: 0 };
        await expectRevoked(test, client, await client.succeed(test, REVOKE_ONE, { path }), left);
        const read = await readGrant(test, client, grant);
        const again = await client.succeed(test, REVOKE_ONE, { path });
        if (read.status !== 'revoked') client.differs(test, again, 'a grant that its revocation left');
        await expectRevoked(test, client, again, { revoked_tokens: 0, revoked_consents: 0 });
        const query = { include_consent: true };
        const last = await client.succeed(test, REVOKE_ONE, { path, query });
        await expectRevoked(test, client, last, { revoked_tokens: 0, revoked_consents: consents });
      },
    }),
  ),
  {
    document: 'oauth-grants',
    name: 'an id that is repeated counts once, whatever the status of its grant',
    writes: true,
    async run(test, { client }) {
      const found = await Promise.all(STATUSES.map((status) => grantOf(test, client, status)));
      const grants = found.filter((one) => one !== undefined);
      const [first] = grants;
      if (!first) return test.skip('there is no grant');
      const selection = idsOf(...grants, ...grants.toReversed());
      const { body } = await preview(test, client, { ...selection, include_consent: true });
      const done = await client.succeed(test, REVOKE, { body: { ...selection, include_consent: true } });
      if (body.grants !== grants.length)
        client.differs(test, done, `a preview of ${body.grants} grants for the ids of ${grants.length}`);
      const { tokens: revoked_tokens, consents: revoked_consents } = body;
      const lost = grants.filter(({ status }) => status !== 'revoked').length;
      await expectRevoked(test, client, done, { revoked_tokens, revoked_consents }, lost);
      for (const grant of grants) {
        if ((await readGrant(test, client, grant)).status !== 'revoked')
          client.differs(test, done, `a selected grant that was ${grant.status} and is not revoked`);
      }
    },
  },
  {
    document: 'oauth-grants',
    name: 'errors name the ids that are wrong among those that are right, also where some are repeated',
    writes: true,
    async run(test, { client }) {
      const grants = await listGrants(test, client, { query: { status: 'all', limit: 2 } });
      const [one, other] = grants.map(({ grant_id }) => String(grant_id));
      if (one === undefined || other === undefined) return test.skip('there are fewer than two grants');
      const [gone, lost] = [unknownIdLike(one, 'client_id'), unknownIdLike(other, 'user_id')];
      await expectNamed(test, client, { good: [one, other], bad: [NO_ID] }, INVALID);
      if (gone === undefined || lost === undefined)
        return test.skip('ids are no JSON: no id of nothing is known');
      await expectNamed(test, client, { good: [one, other], bad: [gone] }, NO_SUCH_GRANT);
      await expectNamed(test, client, { good: [one, other], bad: [gone, lost] }, NO_SUCH_GRANT);
    },
  },
];

/** A grant of a status; the one that was granted first, with a consent if there is one among the first few. */
async function grantOf(test: Case, client: Client, status: string): Promise<Grant | undefined> {
  const query = { status, limit: 8, sort_by: 'granted_at', sort_order: 'asc' };
  const grants = await listGrants(test, client, { query });
  for (const grant of grants) {
    const { body } = await preview(test, client, { ...idsOf(grant), include_consent: true });
    if (Number(body.consents) > 0) return grant;
  }
  return grants[0];
}

function idsOf(...grants: Grant[]) {
  return { grant_ids: grants.map(({ grant_id }) => grant_id) };
}

/** Expects an answer to count, and just one event of it, which counts the same; none if nothing was revoked. */
async function expectRevoked(
  test: Case,
  client: Client,
  answer: Answer & { body: Record<string, unknown> },
  expected: { revoked_tokens: unknown; revoked_consents: unknown },
  grants?: number,
): Promise<void> {
  for (const [name, count] of Object.entries(expected)) {
    if (answer.body[name] !== count)
      client.differs(test, answer, `${answer.body[name]} ${name}, where a preview says ${count}`);
  }
  const fields = grants === undefined ? {} : { grants };
  const isNothing = Object.values(answer.body).every((count) => count === 0);
  if (isNothing) await expectNoEvent(test, client, answer);
  else await expectEvent(test, client, answer, { action: 'revoke', fields });
}

/** Expects `errors` to name each bad id at least once, and no good one, wherever they are and however often. */
async function expectNamed(
  test: Case,
  client: Client,
  { good: [one = '', other = ''], bad }: { good: string[]; bad: string[] },
  problem: readonly [number, string],
): Promise<void> {
  const grant_ids = [one, one, ...bad, other, ...bad.toReversed(), one];
  const answer = await client.call(test, REVOKE, { body: { grant_ids, dry_run: true } });
  expectProblem(test, client, answer, problem, 'ids that are wrong beside good ones');
  if (answer.status !== problem[0]) return;
  const named = fieldsOf(answer).map(
    (field) => grant_ids[Number(/^\/grant_ids\/(\d+)$/.exec(String(field))?.[1])],
  );
  if (bad.some((id) => !named.includes(id)) || named.some((id) => id === undefined || !bad.includes(id)))
    client.differs(test, answer, 'errors that do not name just the ids that are wrong');
}
