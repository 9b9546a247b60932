import type { Case } from '../case.ts';
import type { Client, ObjectAnswer } from '../client.ts';
import { expectEvent, expectNoEvent } from './audit-events.ts';
import { CALLERS, callerOf } from './callers.ts';
import type { Check, CheckContext } from './check.ts';
import { type Grant, listGrants, pathOf, readGrant } from './grants.ts';
import { expectProblem } from './problems.ts';

const SUSPEND = 'suspendOAuthGrant';
const RESTORE = 'restoreOAuthGrant';

type Kind = (typeof CALLERS)[number];
type Token = { token?: string };

const [MEMBER, PROJECT_ADMIN] = CALLERS;

/** Each permission with each wider one; without a kind it is the account admin's. */
const PAIRS: [narrow: Kind, wide: Kind | undefined][] = [
  [MEMBER, undefined],
  [PROJECT_ADMIN, undefined],
  [MEMBER, PROJECT_ADMIN],
];

/** One of the two. */
type Who = 'narrow' | 'wide';

/** Who suspends a grant, one after the other, and who restores it then. */
const COURSES: { suspend: Who[]; restore: Who }[] = [
  { suspend: ['narrow', 'wide'], restore: 'wide' },
  { suspend: ['wide', 'narrow'], restore: 'wide' },
  { suspend: ['narrow'], restore: 'wide' },
  { suspend: ['narrow', 'narrow'], restore: 'narrow' },
];

/** Rules of OAuth Grants about who may restore what whom suspended. */
export const SUSPENSION_RANK_CHECKS: Check[] = PAIRS.map(([narrow, wide]) => ({
  document: 'oauth-grants',
  name: `${narrow.who} cannot restore what ${wide?.who ?? 'an account admin'} suspended, who can restore what they did`,
  writes: true,
  async run(test, context) {
    const { client } = context;
    const grant = await seenByBoth(test, context, narrow, wide);
    const tokens = {
      narrow: { token: callerOf(test, context, narrow).token },
      wide: wide ? { token: callerOf(test, context, wide).token } : {},
    };
    const path = pathOf(grant);
    try {
      for (const { suspend, restore } of COURSES) {
        await suspendBy(test, client, { grant, tokens: suspend.map((who) => tokens[who]) }, suspend);
        if (suspend.includes('wide')) await expectKept(test, client, grant, tokens.narrow);
        const restored = await client.call(test, RESTORE, { ...tokens[restore], path });
        if (restored.status !== 204)
          client.differs(test, restored, `a ${restored.status} for who may restore the grant`);
        else await expectEvent(test, client, restored, { action: 'restore', ...path, ...tokens[restore] });
      }
    } finally {
      // A 409 if all went well.
      await client.call(test, RESTORE, { path });
    }
  },
}));

/** An active grant that nobody has suspended, which both see; ends the case if there is none. */
async function seenByBoth(
  test: Case,
  context: CheckContext,
  narrow: Kind,
  wide: Kind | undefined,
): Promise<Grant> {
  const { token } = callerOf(test, context, narrow);
  const other = wide && callerOf(test, context, wide);
  const grants = await listGrants(test, context.client, { token, query: { include_suspension: true } });
  const grant = grants.find(
    (one) => !('suspended_until' in one) && (!other || one[other.field] === other.value),
  );
  return grant ?? test.skip(`${narrow.who} has no active grant that ${wide?.who ?? 'the admin'} sees`);
}

/** Suspends a grant several times: each time until the same moment, with an event where that raises who may restore it. */
async function suspendBy(
  test: Case,
  client: Client,
  { grant, tokens }: { grant: Grant; tokens: Token[] },
  order: Who[],
): Promise<void> {
  const path = pathOf(grant);
  let first: ObjectAnswer | undefined;
  for (const [index, token] of tokens.entries()) {
    const answer = await client.succeed(test, SUSPEND, { ...token, path });
    first ??= answer;
    if (answer.body.suspended_until !== first.body.suspended_until)
      client.differs(test, answer, 'a suspension that a second one prolonged');
    const isNews = index === 0 || (order[index] === 'wide' && !order.slice(0, index).includes('wide'));
    if (isNews) await expectEvent(test, client, answer, { action: 'suspend', ...path, ...token });
    else await expectNoEvent(test, client, answer);
  }
}

/** Expects a restoration with too narrow a permission to be refused, and to change nothing. */
async function expectKept(test: Case, client: Client, grant: Grant, token: Token): Promise<void> {
  const refused = await client.call(test, RESTORE, { ...token, path: pathOf(grant) });
  const what = 'what somebody with a wider permission suspended';
  expectProblem(test, client, refused, [403, 'suspended-by-admin'], what);
  if (!('suspended_until' in (await readGrant(test, client, grant))))
    client.differs(test, refused, 'a grant that a narrower permission restored');
}
