import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import { type Answer, type Call, type Client, claimsIn } from '../client.ts';
import { type Check, type CheckContext, FUTURE, NOBODY } from './check.ts';
import { unknownIdLike } from './grant-ids.ts';
import { activeGrants, type Grant, listGrants, pathOf, readGrant } from './grants.ts';
import { objectsIn } from './lists.ts';
import { watchAccount } from './own-revocation.ts';

/** What is tried with one operation and one key. */
export interface Trial {
  first: Call;
  /** Requests that are refused with a 4xx, and so leave a key free. */
  refused: Call[];
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
  /** Whatever else is to be looked at once it is done. */
  expectDone?: ((answer: Answer) => Promise<void>) | undefined;
}

type Prepare = (test: Case, context: CheckContext) => Promise<Trial>;

const REVOKE = 'revokeOAuthGrant';
const SUSPEND = 'suspendOAuthGrant';
const RESTORE = 'restoreOAuthGrant';

/** How to try each operation that takes an `Idempotency-Key`. */
export const TRIALS: [Check['document'], operationId: string, Prepare][] = [
  [
    'oauth-grants',
    REVOKE,
    async (test, { client }) => {
      const [grant, other] = await twoGrants(test, client);
      return {
        first: { path: pathOf(grant) },
        refused: unknownPaths(grant),
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
        refused: [
          { body: { grant_ids: [] } },
          { body: { client_id: NOBODY, unused_since: FUTURE } },
          { body: { preview_token: 'a.b.c' } },
          ...unknownPaths(grant).map(({ path }) => ({ body: { grant_ids: [path.grant_id, ...grant_ids] } })),
        ],
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
      const [grant, other] = await twoGrants(test, client, claimsIn(client.tokenOf('oauth-grants'))?.sub);
      return {
        first: { path: pathOf(grant) },
        refused: [...unknownPaths(grant), ...(await inactive(test, client))],
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
      const [grant, other] = await twoGrants(test, client, claimsIn(client.tokenOf('oauth-grants'))?.sub);
      const [, , third] = await activeGrants(test, client, 2);
      for (const one of [grant, other]) await client.succeed(test, SUSPEND, { path: pathOf(one) });
      return {
        first: { path: pathOf(grant) },
        refused: [...unknownPaths(grant), ...(third ? [{ path: pathOf(third) }] : [])],
        others: [{ path: pathOf(other) }],
        event: { action: 'restore', ...pathOf(grant) },
        isUntouched: unchanged(test, client, await readGrant(test, client, other)),
        undo: () => client.call(test, RESTORE, { path: pathOf(other) }),
      };
    },
  ],
  ['me-grants', 'revokeMeGrant', (test, context) => trialOfIds(test, context, 'listMeGrants', 'data')],
  [
    'account-grants',
    'revokeMyAccountGrant',
    async (test, context) => {
      if (context.client.verificationId === undefined) test.skip('no verification_id was given');
      return trialOfIds(test, context, 'listMyAccountGrants', 'grants');
    },
  ],
];

/** Two active grants; of a user, if that user has any, so that a member's token may see them. */
async function twoGrants(test: Case, client: Client, user_id?: unknown): Promise<[Grant, Grant]> {
  const isOf = (one: Grant) => Number(one.user_id === user_id);
  const grants = await activeGrants(test, client, 2);
  const [grant, other] = grants.toSorted((one, another) => isOf(another) - isOf(one));
  return grant && other ? [grant, other] : test.skip('there are too few grants');
}

/** Whether a grant still reads as it did. */
function unchanged(test: Case, client: Client, grant: Grant): () => Promise<boolean> {
  return async () => isDeepStrictEqual(await readGrant(test, client, grant), grant);
}

/** Revokes what a person granted first, by its id in a list of the person's; with a first-party app's token if it is known. */
async function trialOfIds(
  test: Case,
  { client, inputs }: CheckContext,
  operationId: string,
  list: string,
): Promise<Trial> {
  const read = async () => {
    const { body } = await client.succeed(test, operationId);
    return objectsIn(body, list).map(({ id }) => String(id));
  };
  const [grantId, other] = (await read()).toReversed();
  if (grantId === undefined || other === undefined) return test.skip('the person has fewer than two grants');
  const token = inputs.first_party_token ?? client.tokenOf(client.operation(operationId).document);
  const by = token === undefined ? {} : { token };
  return {
    first: { ...by, path: { grantId } },
    refused: [
      { ...by, path: { grantId: NOBODY } },
      { ...by, path: { grantId }, query: { contract_tests: '1' } },
    ],
    others: [{ ...by, path: { grantId: other } }],
    isUntouched: async () => (await read()).includes(other),
    expectDone: await watchAccount(test, client, token),
  };
}

/** The path to a grant that there is not, if ids are as the document says. */
function unknownPaths(grant: Grant) {
  const id = unknownIdLike(String(grant.grant_id), 'client_id');
  return id === undefined ? [] : [{ path: { grant_id: id } }];
}

/** The path to a grant that cannot be suspended, if there is one. */
async function inactive(test: Case, client: Client) {
  const grants = await listGrants(test, client, { query: { status: 'revoked', limit: 1 } });
  return grants.map((grant) => ({ path: pathOf(grant) }));
}
