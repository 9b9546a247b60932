import { isDeepStrictEqual } from 'node:util';
import { FILTERS } from '../answers/grant-page.ts';
import type { Case } from '../case.ts';
import type { Client, ObjectAnswer } from '../client.ts';
import { isObject } from '../exchange.ts';
import { type Check, FUTURE, NOBODY } from './check.ts';
import { activeGrants, type Grant, LIST, listGrants, MAX_LIMIT, pathOf, readGrant } from './grants.ts';
import { objectsIn } from './lists.ts';
import { expectProblem, fieldsOf, INVALID } from './problems.ts';

const REVOKE = 'revokeOAuthGrants';
const STATUSES = ['active', 'expired', 'revoked', 'all'];
/** How many grants a preview shows. */
const SAMPLE = 10;

/** Rules of OAuth Grants about previews of bulk revocations. */
export const PREVIEW_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a preview has the grants of a list with its filters, and shows those granted last',
    writes: true,
    async run(test, { client }) {
      const [grant] = await listGrants(test, client, { query: { status: 'all', limit: 1 } });
      if (!grant) return test.skip('there is no grant');
      const given = FILTERS.filter((name) => grant[name] !== '');
      for (const status of STATUSES) {
        // All filters with one status, and one filter with each.
        for (const name of status === 'all' ? given : given.slice(0, 1)) {
          await comparePreview(test, client, { [name]: String(grant[name]), status });
        }
      }
      await comparePreview(test, client, {
        client_id: String(grant.client_id),
        user_id: String(grant.user_id),
      });
    },
  },
  {
    document: 'oauth-grants',
    name: 'an unused_since in the future is refused, in a preview too',
    writes: true,
    async run(test, { client }) {
      for (const dry_run of [true, false]) {
        const body = { client_id: NOBODY, unused_since: FUTURE, dry_run };
        const answer = await client.call(test, REVOKE, { body });
        expectProblem(test, client, answer, INVALID, 'an unused_since in the future');
        if (!isDeepStrictEqual(fieldsOf(answer), ['/unused_since']))
          client.differs(test, answer, 'errors that do not name /unused_since');
      }
    },
  },
  {
    document: 'oauth-grants',
    name: 'a preview of grants that change is not executed, and what changed is said',
    writes: true,
    async run(test, { client }) {
      const [changing, kept] = await activeGrants(test, client, 3);
      if (!changing || !kept) return;
      const ids = [changing.grant_id, kept.grant_id];
      const ofAll = await preview(test, client, { ...filtersOf(changing), status: 'all' });
      const ofActive = await preview(test, client, filtersOf(changing));
      const ofIds = await preview(test, client, { grant_ids: ids });
      await client.succeed(test, 'revokeOAuthGrant', { path: pathOf(changing) });
      const one = { added: 0, removed: 0, other_status: 0, grant_ids: [changing.grant_id] };
      await expectChanged(test, client, ofAll, { ...one, other_status: 1 });
      await expectChanged(test, client, ofActive, { ...one, removed: 1 });
      await expectChanged(test, client, ofIds, { ...one, other_status: 1 });
      const read = await readGrant(test, client, kept);
      if (read.status !== 'active') client.differs(test, ofIds, 'a grant that a refused preview revoked');
    },
  },
  {
    document: 'oauth-grants',
    name: 'a preview is executed once, and revokes what it counted',
    writes: true,
    async run(test, { client }) {
      const grants = (await activeGrants(test, client, 2)).slice(0, 2);
      const grant_ids = grants.map(({ grant_id }) => grant_id);
      const seen = await preview(test, client, { grant_ids, include_consent: true });
      const { preview_token, tokens, consents } = seen.body;
      const done = await client.succeed(test, REVOKE, { body: { preview_token } });
      if (!isDeepStrictEqual(done.body, { revoked_tokens: tokens, revoked_consents: consents }))
        client.differs(
          test,
          done,
          `other numbers than the ${tokens} tokens and ${consents} consents of the preview`,
        );
      for (const grant of grants) {
        if ((await readGrant(test, client, grant)).status !== 'revoked')
          client.differs(test, done, 'a grant of the preview that is not revoked');
      }
      const again = await client.call(test, REVOKE, { body: { preview_token } });
      expectProblem(test, client, again, [409, 'preview-executed'], 'a preview that was executed');
    },
  },
];

/** Asks what a bulk revocation would do, with the admin's token unless another is given. */
export async function preview(
  test: Case,
  client: Client,
  selection: object,
  token?: string,
): Promise<ObjectAnswer> {
  const by = token === undefined ? {} : { token };
  return await client.succeed(test, REVOKE, { ...by, body: { ...selection, dry_run: true } });
}

function filtersOf({ client_id, user_id }: Grant) {
  return { client_id: String(client_id), user_id: String(user_id) };
}

/** Expects a preview to be the beginning of a list. */
async function comparePreview(test: Case, client: Client, filters: Record<string, string>): Promise<void> {
  const what = Object.entries(filters).map(([name, value]) => `${name}=${value}`);
  const seen = await preview(test, client, filters);
  const query = { ...filters, sort_by: 'granted_at', limit: MAX_LIMIT };
  const list = await client.succeed(test, LIST, { query });
  if (seen.body.grants !== list.body.total_count)
    client.differs(
      test,
      seen,
      `${seen.body.grants} grants, and ${list.body.total_count} in the list of ${what}`,
    );
  if (seen.body.consents !== 0) client.differs(test, seen, 'consents without include_consent');
  if (filters.status === 'revoked' && seen.body.tokens !== 0)
    client.differs(test, seen, 'tokens to revoke of grants that are revoked');
  const listed = objectsIn(list.body, 'grants');
  const sample = objectsIn(seen.body, 'sample');
  const dates = (grants: Grant[]) => grants.map(({ granted_at }) => granted_at);
  // Grants of one moment may come in another order.
  if (!isDeepStrictEqual(dates(sample), dates(listed.slice(0, SAMPLE))))
    client.differs(test, seen, 'a sample of other grants than those granted last');
  if (sample.some((grant) => !listed.some((one) => isDeepStrictEqual(one, grant))))
    client.differs(test, seen, 'a grant in the sample that the list has not, or not so');
}

async function expectChanged(
  test: Case,
  client: Client,
  { body: { preview_token } }: ObjectAnswer,
  changes: object,
): Promise<void> {
  const answer = await client.call(test, REVOKE, { body: { preview_token } });
  expectProblem(test, client, answer, [409, 'preview-changed'], 'a preview of grants that changed');
  const said = isObject(answer.body) ? answer.body.changes : undefined;
  if (answer.status === 409 && !isDeepStrictEqual(said, changes))
    client.differs(test, answer, 'other changes than there were');
}
