import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import { type Answer, type Call, type Client, claimsIn } from '../client.ts';
import { isObject } from '../exchange.ts';
import { expectEvent } from './audit-events.ts';
import { type Check, type CheckContext, NOBODY } from './check.ts';
import { LIST, listGrants } from './grants.ts';
import { objectsIn } from './lists.ts';
import { preview } from './previews.ts';

/** How one document lists a person's grants and takes them back. */
interface Own {
  document: 'me-grants' | 'account-grants';
  list: string;
  field: string;
  revoke: string;
  /** What a third-party app is answered, and what a grant of nobody. */
  forbidden: string;
  unknown: string;
}

const OWN: Own[] = [
  {
    document: 'me-grants',
    list: 'listMeGrants',
    field: 'data',
    revoke: 'revokeMeGrant',
    forbidden: 'forbidden',
    unknown: 'grant_not_found',
  },
  {
    document: 'account-grants',
    list: 'listMyAccountGrants',
    field: 'grants',
    revoke: 'revokeMyAccountGrant',
    forbidden: 'auth.third_party_application_forbidden',
    unknown: 'oidc.invalid_grant',
  },
];

/** Tokens of the same person that were issued to apps which may not take grants back. */
const APPS = [
  { input: 'third_party_token', what: "a third-party app's token" },
  { input: 'unregistered_token', what: 'a token of an app that is not registered' },
];

/** Rules of Me grants and My account grants about taking back. */
export const OWN_REVOCATION_CHECKS: Check[] = OWN.flatMap((own): Check[] => [
  {
    document: own.document,
    name: 'every app lists the grants of a person, and apps that are not first-party take none back',
    writes: true,
    async run(test, context) {
      const { client, inputs } = context;
      requireRecord(test, context, own);
      const before = await readIds(test, client, own);
      const grantId = before.at(-1);
      if (grantId === undefined) return test.skip('the person has no grant');
      for (const { input, what } of APPS) {
        const token = inputs[input];
        if (token === undefined) continue;
        if (!isDeepStrictEqual(await readIds(test, client, own, { token }), before))
          client.differs(test, await client.call(test, own.list, { token }), `another list with ${what}`);
        const answer = await client.call(test, own.revoke, { token, path: { grantId } });
        if (answer.status !== 403 || codeOf(answer) !== own.forbidden)
          client.differs(test, answer, `a ${said(answer)} for ${what}`);
        if (!isDeepStrictEqual(await readIds(test, client, own), before))
          client.differs(test, answer, `another list after a revocation with ${what}`);
      }
      const missing = APPS.map(({ input }) => input).filter((input) => inputs[input] === undefined);
      if (missing.length > 0) test.skip(`no ${missing.join(', ')} was given`);
    },
  },
  {
    document: own.document,
    name: "nobody takes back another person's grant, which is as unknown as one that does not exist",
    writes: true,
    async run(test, context) {
      const { client, otherToken } = context;
      requireRecord(test, context, own);
      const before = await readIds(test, client, own);
      const [grantId] = before;
      const record = context.inputs.other_verification_id;
      const headers = record === undefined ? {} : { 'logto-verification-id': record };
      const isMissing =
        otherToken === undefined || (own.document === 'account-grants' && record === undefined);
      if (isMissing) return test.skip('no other_person_token, or no other_verification_id, was given');
      if (grantId === undefined) return test.skip('the person has no grant');
      for (const id of [grantId, NOBODY]) {
        const answer = await client.call(test, own.revoke, {
          token: otherToken,
          path: { grantId: id },
          ...(own.document === 'account-grants' ? { headers } : {}),
        });
        if (answer.status !== 404 || codeOf(answer) !== own.unknown)
          client.differs(test, answer, `a ${said(answer)} for a grant of nobody`);
      }
      const after = await client.call(test, own.list);
      if (!isDeepStrictEqual(await readIds(test, client, own), before))
        client.differs(test, after, 'another list after somebody else tried to take a grant back');
    },
  },
]);

/**
 * Reads what the account has of a person, for what is said of a grant that the person takes back.
 *
 * @returns compares that with what the account has then, and with the event of the answer; undefined if nobody who is
 *   known sees both
 */
export async function watchAccount(
  test: Case,
  client: Client,
  token: string | undefined,
): Promise<((done: Answer) => Promise<void>) | undefined> {
  const { sub, account_id } = claimsIn(token) ?? {};
  const isTested = client.operations.some(({ operationId }) => operationId === LIST);
  if (!isTested || typeof sub !== 'string') return undefined;
  if (claimsIn(client.tokenOf('oauth-grants'))?.account_id !== account_id) return undefined;
  const count = async () =>
    (await preview(test, client, { user_id: sub, status: 'all', include_consent: true })).body;
  const read = async () => {
    const grants = await listGrants(test, client, { query: { user_id: sub, status: 'all' } });
    return new Map(grants.map(({ grant_id, status }) => [grant_id, status]));
  };
  const [before, had] = [await count(), await read()];
  return async (done) => {
    const [after, has] = [await count(), await read()];
    const revoked_tokens = Number(before.tokens) - Number(after.tokens);
    const revoked_consents = Number(before.consents) - Number(after.consents);
    // One without a token, or of another account.
    if (revoked_tokens === 0) return;
    const fields = { revoked_tokens, revoked_consents };
    const event = await expectEvent(test, client, done, { action: 'revoke', token, fields });
    const changed = [...had].filter(([id, status]) => has.get(id) !== status).length;
    if (event && Number(event.grants) < changed)
      client.differs(test, done, `an event of ${event.grants} grants, where ${changed} have another status`);
  };
}

function requireRecord(test: Case, { client }: CheckContext, { document }: Own): void {
  if (document === 'account-grants' && client.verificationId === undefined)
    test.skip('no verification_id was given');
}

/** The ids in a person's list, in order. */
async function readIds(
  test: Case,
  client: Client,
  { list, field }: Own,
  call: Pick<Call, 'token'> = {},
): Promise<string[]> {
  const { body } = await client.succeed(test, list, call);
  return objectsIn(body, field).map(({ id }) => String(id));
}

/** What an error of either document calls itself. */
function codeOf({ body }: Answer): unknown {
  return isObject(body) ? (body.error ?? body.code) : undefined;
}

/** The status of an answer, and what an error calls itself. */
function said(answer: Answer): string {
  return [answer.status, codeOf(answer)].filter((part) => part !== undefined).join(' ');
}
