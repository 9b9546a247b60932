import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Answer, Call, Client } from '../client.ts';
import { expectEvent, expectNoEvent } from './audit-events.ts';
import type { Check, CheckContext } from './check.ts';
import { activeGrants, type Grant, pathOf, readGrant } from './grants.ts';
import { objectsIn } from './lists.ts';

/** What is tried with one operation and one key. */
interface Trial {
  first: Call;
  /** The same request, written in another way. */
  same?: Call;
  /** Other requests: they must change nothing. */
  others: Call[];
  /** Whether what the others are about is as before. */
  isUntouched(): Promise<boolean>;
  /** Undoes it. */
  undo?(): Promise<unknown>;
  /** What the audit trail says of it. */
  event?: { action: string; grant_id: string };
}

type Prepare = (test: Case, context: CheckContext) => Promise<Trial>;

const REVOKE = 'revokeOAuthGrant';
const SUSPEND = 'suspendOAuthGrant';
const RESTORE = 'restoreOAuthGrant';

/** How to try each operation that takes an `Idempotency-Key`. */
const TRIALS: [Check['document'], operationId: string, Prepare][] = [
  [
    'oauth-grants',
    REVOKE,
    async (test, { client }) => {
      const [grant, other] = await twoGrants(test, client);
      return {
        first: { path: pathOf(grant) },
        others: [{ path: pathOf(other) }, { path: pathOf(grant), query: { include_consent: true } }],
        event: { action: 'revoke', ...pathOf(grant) },
        isUntouched: unchanged(test, client, other),
      };
    },
  ],
  [
    'oauth-grants',
    'revokeOAuthGrants',
    async (test, { client }) => {
      const [grant, other] = await twoGrants(test, client);
      const grant_ids = [grant.grant_id];
      return {
        first: { body: { grant_ids, include_consent: false } },
        same: { body: { include_consent: false, grant_ids } },
        others: [{ body: { grant_ids: [other.grant_id] } }, { body: { grant_ids, include_consent: true } }],
        event: { action: 'revoke', ...pathOf(grant) },
        isUntouched: unchanged(test, client, other),
      };
    },
  ],
  [
    'oauth-grants',
    SUSPEND,
    async (test, { client }) => {
      const [grant, other] = await twoGrants(test, client);
      return {
        first: { path: pathOf(grant) },
        others: [{ path: pathOf(other) }],
        event: { action: 'suspend', ...pathOf(grant) },
        isUntouched: unchanged(test, client, other),
        undo: () => client.call(test, RESTORE, { path: pathOf(grant) }),
      };
    },
  ],
  [
    'oauth-grants',
    RESTORE,
    async (test, { client }) => {
      const [grant, other] = await twoGrants(test, client);
      for (const one of [grant, other]) await client.succeed(test, SUSPEND, { path: pathOf(one) });
      return {
        first: { path: pathOf(grant) },
        others: [{ path: pathOf(other) }],
        event: { action: 'restore', ...pathOf(grant) },
        isUntouched: unchanged(test, client, await readGrant(test, client, other)),
        undo: () => client.call(test, RESTORE, { path: pathOf(other) }),
      };
    },
  ],
  ['me-grants', 'revokeMeGrant', (test, { client }) => trialOfIds(test, client, 'listMeGrants', 'data')],
  [
    'account-grants',
    'revokeMyAccountGrant',
    async (test, { client }) => {
      if (client.verificationId === undefined) test.skip('no verification_id was given');
      return trialOfIds(test, client, 'listMyAccountGrants', 'grants');
    },
  ],
];

/** Rules about `Idempotency-Key`, for each operation that takes one. */
export const IDEMPOTENCY_CHECKS: Check[] = TRIALS.map(([document, operationId, prepare]) => ({
  document,
  name: `${operationId}: an Idempotency-Key is answered as at first, and refused for anything else`,
  writes: true,
  async run(test, context) {
    const { client, otherToken } = context;
    const { first, same = first, others, isUntouched, undo, event } = await prepare(test, context);
    const key = randomUUID();
    const send = (call: Call, sent: string) =>
      client.call(test, operationId, { ...call, headers: { 'idempotency-key': sent } });
    try {
      const answer = await send(first, key);
      if (answer.status >= 400)
        return client.differs(test, answer, `a ${answer.status} with an Idempotency-Key`);
      if (answer.headers.has('idempotency-replayed'))
        client.differs(test, answer, 'a new key that is replayed');
      for (const repetition of [await send(first, key), await send(same, `"${key}"`)]) {
        const { status, body, headers } = repetition;
        if (headers.get('idempotency-replayed') !== 'true')
          client.differs(test, repetition, 'a repetition without Idempotency-Replayed: true');
        if (status !== answer.status || !isDeepStrictEqual(body, answer.body))
          client.differs(test, repetition, 'a repetition with another answer than the first');
        if (event) await expectNoEvent(test, client, repetition);
      }
      for (const other of others) await expectReused(test, client, await send(other, key), isUntouched);
      if (event) await expectEvent(test, client, answer, event);
      if (otherToken !== undefined && document !== 'account-grants')
        await expectOwnKey(test, client, await send({ ...first, token: otherToken }, key));
    } finally {
      await undo?.();
    }
  },
}));

/** A key that was sent with another request is a 422, and nothing is changed. */
async function expectReused(
  test: Case,
  client: Client,
  answer: Answer,
  isUntouched: Trial['isUntouched'],
): Promise<void> {
  if (answer.status !== 422)
    client.differs(test, answer, `a ${answer.status} for the key of another request`);
  if (!(await isUntouched())) client.differs(test, answer, 'a change by a request with the key of another');
}

/** A key belongs to its caller: who does not see the grant gets no answer of another's. */
async function expectOwnKey(test: Case, client: Client, answer: Answer): Promise<void> {
  if (answer.status !== 404) client.differs(test, answer, `a ${answer.status} for the key of another caller`);
}

async function twoGrants(test: Case, client: Client): Promise<[Grant, Grant]> {
  const [grant, other] = await activeGrants(test, client, 2);
  return grant && other ? [grant, other] : test.skip('there are too few grants');
}

/** Whether a grant still reads as it did. */
function unchanged(test: Case, client: Client, grant: Grant): () => Promise<boolean> {
  return async () => isDeepStrictEqual(await readGrant(test, client, grant), grant);
}

/** Revokes what a person granted first, by its id in a list of the person's. */
async function trialOfIds(test: Case, client: Client, operationId: string, list: string): Promise<Trial> {
  const read = async () => {
    const { body } = await client.succeed(test, operationId);
    return objectsIn(body, list).map(({ id }) => String(id));
  };
  const [grantId, other] = (await read()).toReversed();
  if (grantId === undefined || other === undefined) return test.skip('the person has fewer than two grants');
  return {
    first: { path: { grantId } },
    others: [{ path: { grantId: other } }],
    isUntouched: async () => (await read()).includes(other),
  };
}
