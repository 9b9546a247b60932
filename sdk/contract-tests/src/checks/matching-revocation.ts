import type { Case } from '../case.ts';
import { expectEvent, expectNoEvent } from './audit-events.ts';
import { CALLERS, callerOf } from './callers.ts';
import type { Check, CheckContext } from './check.ts';
import { type Grant, listGrants, MAX_LIMIT, pathOf, readGrant } from './grants.ts';
import { chooseFilters, type Matching, matches } from './matching-filters.ts';
import { preview } from './previews.ts';
import { expectProblem } from './problems.ts';

const REVOKE = 'revokeOAuthGrants';

type Kind = (typeof CALLERS)[number];

const [MEMBER, PROJECT_ADMIN] = CALLERS;

/** Who revokes what; without a kind it is the account admin, and without a status there is none in the request. */
const TRIALS: { status?: string; kind?: Kind; isUnused?: boolean }[] = [
  { kind: MEMBER },
  { status: 'all' },
  { status: 'expired', kind: PROJECT_ADMIN },
  { status: 'expired' },
  { status: 'all', kind: PROJECT_ADMIN },
  { status: 'active', isUnused: true },
  { status: 'revoked' },
];

/** Rules of OAuth Grants about revocations by filters: what they reach, what they leave, and what is said of them. */
export const MATCHING_REVOCATION_CHECKS: Check[] = TRIALS.map(({ status, kind, isUnused = false }) => ({
  document: 'oauth-grants',
  name: `a revocation by filters, with ${status === undefined ? 'no status' : `status ${status}`}${
    isUnused ? ' and unused_since' : ''
  }, by ${kind?.who ?? 'an account admin'} reaches what matches and nothing else`,
  writes: true,
  async run(test, context) {
    const caller = kind && callerOf(test, context, kind);
    const before = await listGrants(test, context.client, { query: { status: 'all' } });
    if (before.length >= MAX_LIMIT) return test.skip('the account has more grants than one page holds');
    const visible = caller ? before.filter((grant) => grant[caller.field] === caller.value) : before;
    const chosen = chooseFilters(visible, { status, isUnused, all: before });
    if (!chosen) return test.skip('there are no grants that filters part from others');
    await revokeMatching(test, context, { ...chosen, token: caller?.token, before, visible });
  },
}));

interface Trial extends Matching {
  token: string | undefined;
  /** All grants of the account, and those that the caller sees. */
  before: Grant[];
  visible: Grant[];
}

async function revokeMatching(test: Case, { client }: CheckContext, trial: Trial): Promise<void> {
  const { filters, token, before, visible } = trial;
  const by = token === undefined ? {} : { token };
  const matching = visible.filter((grant) => matches(grant, filters));
  const holding = matching.filter(({ status }) => status !== 'revoked');
  const suspended = holding.find(({ status }) => status === 'active');
  if (suspended) await client.succeed(test, 'suspendOAuthGrant', { path: pathOf(suspended) });
  const body = { ...filters, include_consent: true };
  const expected = await preview(test, client, body, token);
  const done = await client.succeed(test, REVOKE, { ...by, body });
  const { tokens, consents } = expected.body;
  if (done.body.revoked_tokens !== tokens || done.body.revoked_consents !== consents)
    client.differs(
      test,
      done,
      `other numbers than the ${tokens} tokens and ${consents} consents of a preview`,
    );
  const after = await listGrants(test, client, { query: { status: 'all' } });
  const statuses = new Map(after.map(({ grant_id, status }) => [grant_id, status]));
  const isExact = filters.unused_since === undefined;
  for (const { grant_id, status } of before) {
    const now = statuses.get(grant_id);
    const isReached = matching.some((one) => one.grant_id === grant_id);
    if (isReached && isExact && now !== 'revoked')
      client.differs(test, done, `a grant that matches, was ${status} and is ${now}`);
    if (!isReached && now !== undefined && now !== status)
      client.differs(test, done, `a grant that does not match, was ${status} and is ${now}`);
  }
  // Of grants that got a token since, the list does not tell.
  const lost = holding.filter(({ grant_id }) => isExact || statuses.get(grant_id) === 'revoked');
  if (lost.length === 0 && consents === 0) await expectNoEvent(test, client, done);
  else await expectFilterEvent(test, client, { ...trial, lost }, done);
  const again = await client.succeed(test, REVOKE, { ...by, body });
  if (again.body.revoked_tokens !== 0 || again.body.revoked_consents !== 0)
    client.differs(test, again, 'a second revocation that revokes more');
  await expectNoEvent(test, client, again);
  if (!suspended) return;
  if (statuses.get(suspended.grant_id) === 'revoked') await expectSuspensionOver(test, client, suspended);
  else await client.call(test, 'restoreOAuthGrant', { path: pathOf(suspended) });
}

/** Expects the event of a revocation by filters: which ones, and how many grants lost a token. */
async function expectFilterEvent(
  test: Case,
  client: CheckContext['client'],
  { filters, token, lost, visible }: Trial & { lost: Grant[] },
  done: Awaited<ReturnType<typeof client.succeed>>,
): Promise<void> {
  const fields = { grants: lost.length, include_consent: true };
  const event = await expectEvent(test, client, done, { action: 'revoke', token, fields });
  if (!event) return;
  const account_id = visible[0]?.account_id;
  const said: Record<string, unknown> = { ...Object(event.filter) };
  for (const [name, value] of Object.entries({ account_id, status: 'active', ...filters })) {
    const isSame = name === 'unused_since' ? isSameMoment(said[name], value) : said[name] === value;
    if (!isSame) client.differs(test, done, `an event whose filter has not the ${name} of its request`);
  }
  const ids = lost.map(({ grant_id }) => grant_id);
  const shown = Array.isArray(event.grant_ids) ? event.grant_ids : [];
  if (lost.length > 0 && shown.some((id) => !ids.includes(id)))
    client.differs(test, done, 'an event that shows a grant which lost no token');
}

const isSameMoment = (one: unknown, other: unknown) => Date.parse(String(one)) === Date.parse(String(other));

/** A revocation ends a suspension. */
async function expectSuspensionOver(test: Case, client: CheckContext['client'], grant: Grant): Promise<void> {
  const restored = await client.call(test, 'restoreOAuthGrant', { path: pathOf(grant) });
  const what = 'a suspended grant that was revoked';
  expectProblem(test, client, restored, [409, 'grant-not-suspended'], what);
  const read = await readGrant(test, client, grant);
  if ('suspended_until' in read || read.status !== 'revoked')
    client.differs(test, restored, 'a suspension that outlives the revocation of its grant');
}
