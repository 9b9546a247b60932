import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Client, ObjectAnswer } from '../client.ts';
import { expectEvent } from './audit-events.ts';
import type { Check } from './check.ts';
import { activeGrants, type Grant, LIST, listGrants, MAX_LIMIT, pathOf, readGrant } from './grants.ts';
import { expectProblem } from './problems.ts';

const SUSPEND = 'suspendOAuthGrant';
const RESTORE = 'restoreOAuthGrant';
/** A suspension that is asked for so much later would end later, if it were prolonged. */
const LATER_MS = 50;

/** Rules of OAuth Grants about suspending. What they suspend, they restore. */
export const SUSPENSION_CHECKS: Check[] = [
  {
    document: 'oauth-grants',
    name: 'a suspension ends when it said at first, shows where it is asked for, and leaves nothing behind',
    writes: true,
    async run(test, { client }) {
      const [grant] = await activeGrants(test, client, 1);
      if (!grant) return;
      const path = pathOf(grant);
      const before = await readGrant(test, client, grant);
      await whileSuspended(test, client, grant, async (suspended) => {
        await expectEvent(test, client, suspended, { action: 'suspend', ...path });
        await expectNotProlonged(test, client, suspended, grant);
        await expectShown(test, client, suspended, before);
      });
      const restored = await client.call(test, RESTORE, { path });
      expectProblem(test, client, restored, [409, 'grant-not-suspended'], 'a grant that was restored');
      if (!isDeepStrictEqual(await readGrant(test, client, grant), before))
        client.differs(test, restored, 'a grant that its suspension changed');
    },
  },
  {
    document: 'oauth-grants',
    name: 'a grant that is not active cannot be suspended',
    writes: true,
    async run(test, { client }) {
      const lists = ['expired', 'revoked'].map((status) =>
        listGrants(test, client, { query: { status, limit: 1 } }),
      );
      const grants = (await Promise.all(lists)).flat();
      if (grants.length === 0) test.skip('every grant is active');
      for (const grant of grants) {
        const answer = await client.call(test, SUSPEND, { path: pathOf(grant) });
        expectProblem(test, client, answer, [409, 'grant-not-active'], `a grant that is ${grant.status}`);
      }
    },
  },
];

/** Suspends a grant for as long as something takes. */
async function whileSuspended(
  test: Case,
  client: Client,
  grant: Grant,
  run: (suspended: ObjectAnswer) => Promise<void>,
): Promise<void> {
  const path = pathOf(grant);
  const suspended = await client.succeed(test, SUSPEND, { path });
  try {
    await run(suspended);
  } finally {
    const answer = await client.call(test, RESTORE, { path });
    if (answer.status !== 204) client.differs(test, answer, `a ${answer.status} for a suspended grant`);
    else await expectEvent(test, client, answer, { action: 'restore', ...path });
  }
}

async function expectNotProlonged(
  test: Case,
  client: Client,
  first: ObjectAnswer,
  grant: Grant,
): Promise<void> {
  await sleep(LATER_MS);
  const second = await client.succeed(test, SUSPEND, { path: pathOf(grant) });
  if (second.body.suspended_until !== first.body.suspended_until)
    client.differs(test, second, 'a suspension that a second one prolonged');
}

/** Expects `suspended_until` in the list and in the grant where it is asked for, and nothing else to differ. */
async function expectShown(test: Case, client: Client, { body }: ObjectAnswer, before: Grant): Promise<void> {
  const { client_id, user_id } = before;
  for (const include_suspension of [true, false]) {
    const expected = include_suspension ? { ...before, suspended_until: body.suspended_until } : before;
    const query = { include_suspension };
    const read = await client.succeed(test, 'getOAuthGrant', { path: pathOf(before), query });
    const list = await client.succeed(test, LIST, {
      query: { ...query, client_id: String(client_id), user_id: String(user_id), limit: MAX_LIMIT },
    });
    const { grants } = list.body;
    const listed = Array.isArray(grants)
      ? grants.find(({ grant_id }) => grant_id === before.grant_id)
      : undefined;
    for (const [answer, shown] of [
      [read, read.body],
      [list, listed],
    ] as const) {
      if (!isDeepStrictEqual(shown, expected))
        client.differs(
          test,
          answer,
          `a suspended grant not as with include_suspension=${include_suspension}`,
        );
    }
  }
}
