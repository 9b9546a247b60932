import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import { type Answer, type Call, type Client, claimsIn } from '../client.ts';
import { expectEvent, expectNoEvent } from './audit-events.ts';
import type { Check } from './check.ts';
import { TRIALS, type Trial } from './idempotency-trials.ts';

/** Rules about `Idempotency-Key`, for each operation that takes one. */
export const IDEMPOTENCY_CHECKS: Check[] = TRIALS.map(([document, operationId, prepare]) => ({
  document,
  name: `${operationId}: an Idempotency-Key is answered as at first, and refused for anything else`,
  writes: true,
  async run(test, context) {
    const { client, otherToken, inputs } = context;
    const {
      first,
      refused,
      same = first,
      others,
      isUntouched,
      undo,
      event,
      expectDone,
    } = await prepare(test, context);
    const key = randomUUID();
    const send = (call: Call, sent: string) =>
      client.call(test, operationId, { ...call, headers: { 'idempotency-key': sent } });
    try {
      for (const call of refused) await expectFree(test, client, await send(call, key));
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
        if (event || expectDone) await expectNoEvent(test, client, repetition);
      }
      for (const other of others) await expectReused(test, client, await send(other, key), isUntouched);
      // My account grants looks at the scope of a token before the key.
      const tokens =
        document === 'account-grants' ? [] : sameCallers(first.token ?? client.tokenOf(document), inputs);
      for (const token of tokens)
        await expectReused(test, client, await send({ ...first, token }, key), isUntouched, [422, 404]);
      if (event) await expectEvent(test, client, answer, event);
      await expectDone?.(answer);
      if (otherToken !== undefined && document !== 'account-grants')
        await expectOwnKey(test, client, await send({ ...first, token: otherToken }, key));
    } finally {
      await undo?.();
    }
  },
}));

/**
 * A key that was sent with another request is a 422, and nothing is changed. What a token does not see may be a 404 before
 * the key is looked at.
 */
async function expectReused(
  test: Case,
  client: Client,
  answer: Answer,
  isUntouched: Trial['isUntouched'],
  expected = [422],
): Promise<void> {
  if (!expected.includes(answer.status))
    client.differs(test, answer, `a ${answer.status} for the key of another request`);
  if (!(await isUntouched())) client.differs(test, answer, 'a change by a request with the key of another');
}

/** A refusal leaves a key free: the next request with it is looked at like a first one. */
async function expectFree(test: Case, client: Client, answer: Answer): Promise<void> {
  const { status } = answer;
  if (status < 400 || status === 422) client.differs(test, answer, `a ${status} for what is to be refused`);
}

/** Tokens of the same caller with other permissions or scopes: with them the same words may reach other grants. */
function sameCallers(own: string | undefined, inputs: Record<string, string>): string[] {
  const first = claimsIn(own);
  return Object.values(inputs).filter((token) => {
    const claims = claimsIn(token);
    if (!first || !claims || token === own) return false;
    const isSame = CALLER.every((name) => claims[name] === first[name]);
    return isSame && ALLOWS.some((name) => !isDeepStrictEqual(claims[name], first[name]));
  });
}

/** The claims that make a caller, and those that say what the caller may do. */
const CALLER = ['iss', 'sub', 'client_id', 'account_id', 'project_id'];
const ALLOWS = ['permissions', 'scope'];

/** A key belongs to its caller: who does not see the grant gets no answer of another's. */
async function expectOwnKey(test: Case, client: Client, answer: Answer): Promise<void> {
  if (answer.status !== 404) client.differs(test, answer, `a ${answer.status} for the key of another caller`);
}
