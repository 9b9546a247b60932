import { type Claims, visibleTo } from '../answers/grant-page.ts';
import type { Case } from '../case.ts';
import { type Answer, type Client, claimsIn } from '../client.ts';
import { CALLERS } from './callers.ts';
import { type Check, type CheckContext, NOBODY } from './check.ts';
import { listGrants } from './grants.ts';
import { preview } from './previews.ts';
import { expectProblem, FORBIDDEN, fieldsOf, INVALID } from './problems.ts';

const REVOKE = 'revokeOAuthGrants';
/** How many previews of a user are kept. */
const KEPT = 10;

/** Somebody with permissions in OAuth Grants. */
interface Person {
  name: string;
  token: string;
  claims: Claims;
}

/** Rules of OAuth Grants about whose a preview is, and how many each may have. */
export const PREVIEW_OWNER_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a preview is executed by the user who asked for it alone, with a token that sees no less',
    writes: true,
    async run(test, context) {
      const people = peopleOf(context);
      const askers = people.filter(({ name }) => ASKERS.includes(name));
      if (people.length < 2) test.skip('the tokens of fewer than two callers say what they may see');
      for (const asker of askers) await tryOthers(test, context, asker, people);
    },
  },
  {
    document: 'oauth-grants',
    name: 'ten previews of a user are kept, whoever else asks for one, and a newer one takes the place of the oldest',
    writes: true,
    async run(test, context) {
      const { client } = context;
      const [owner, ...others] = peopleOf(context);
      const other = others.find(({ claims }) => claims.sub !== owner?.claims.sub);
      const theirs = other && (await previewNothing(test, client, other.token));
      const tokens: unknown[] = [];
      for (let count = 0; count <= KEPT; count += 1) tokens.push(await previewNothing(test, client));
      const [first, second] = tokens;
      const replaced = await execute(test, client, first);
      expectProblem(test, client, replaced, [410, 'preview-expired'], `a preview before ${KEPT} others`);
      const kept = await execute(test, client, second);
      if (kept.status !== 200) client.differs(test, kept, `a ${kept.status} for one of ${KEPT} previews`);
      if (!other) return test.skip('the token of no other user is known');
      const own = await execute(test, client, theirs, other.token);
      if (own.status !== 200) client.differs(test, own, `a ${own.status} after the previews of another user`);
    },
  },
];

const OWN = 'account_admin_token';
/** Whose previews others try to execute: theirs whose permissions differ. */
const ASKERS = [OWN, ...CALLERS.map(({ input }): string => input)];
const OTHERS = ['other_account_admin_token', 'other_person_token'];

/** Everybody whose token says what they may see, the admin first. */
function peopleOf({ inputs }: CheckContext): Person[] {
  return [...ASKERS, ...OTHERS].flatMap((name) => {
    const token = inputs[name];
    const claims = claimsIn(token);
    const isKnown = typeof claims?.sub === 'string' && typeof claims.account_id === 'string';
    return token !== undefined && isKnown && claims ? [{ name, token, claims }] : [];
  });
}

/** Lets everybody else execute a preview of a grant that is revoked already, and at last the one who asked for it. */
async function tryOthers(
  test: Case,
  { client }: CheckContext,
  asker: Person,
  people: Person[],
): Promise<void> {
  const { token } = asker;
  const [grant] = await listGrants(test, client, { token, query: { status: 'revoked', limit: 1 } });
  const selection = grant ? { grant_ids: [grant.grant_id] } : { client_id: NOBODY };
  const { body } = await preview(test, client, selection, token);
  const { preview_token } = body;
  const tampered = String(preview_token).replace(/[^.]+$/, (signature) =>
    [...signature].toReversed().join(''),
  );
  expectUnknown(
    test,
    client,
    await execute(test, client, tampered, token),
    'a preview_token that is changed',
  );
  const isAllowed = (one: Person) => one.claims.sub === asker.claims.sub && seesAll(one, asker);
  for (const one of people.filter((other) => !isAllowed(other))) {
    const answer = await execute(test, client, preview_token, one.token);
    if (one.claims.sub !== asker.claims.sub)
      expectUnknown(test, client, answer, "another user's preview_token");
    else expectProblem(test, client, answer, FORBIDDEN, 'a preview by a token that saw more');
  }
  // One with a wider permission, if there is one.
  const last = people.find((one) => one !== asker && isAllowed(one)) ?? asker;
  const done = await execute(test, client, preview_token, last.token);
  if (done.status !== 200) client.differs(test, done, `a ${done.status} for an own preview`);
}

/** Whether somebody sees every grant that another one sees. */
function seesAll(one: Person, other: Person): boolean {
  const seen = visibleTo(other.claims);
  return Object.entries(visibleTo(one.claims)).every(([name, value]) => seen[name] === value);
}

async function previewNothing(test: Case, client: Client, token?: string): Promise<unknown> {
  return (await preview(test, client, { client_id: NOBODY }, token)).body.preview_token;
}

async function execute(test: Case, client: Client, preview_token: unknown, token?: string): Promise<Answer> {
  const by = token === undefined ? {} : { token };
  return await client.call(test, REVOKE, { ...by, body: { preview_token } });
}

/** Expects the answer to a token that the caller was never given. */
function expectUnknown(test: Case, client: Client, answer: Answer, what: string): void {
  expectProblem(test, client, answer, INVALID, what);
  if (answer.status === 400 && fieldsOf(answer).join() !== '/preview_token')
    client.differs(test, answer, 'errors that do not name /preview_token');
}
