import type { Collections } from '../database/collections.ts';
import { checked, equals } from '../database/filters.ts';
import type { components, operations } from '../generated/account-grants.ts';
import { mayTakeBack } from '../grants/clients.ts';
import { type LiveConsent, listConsents, revokeConsent } from '../grants/consents.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import { CHALLENGE, type Principal } from '../http/bearer.ts';
import type { Contract } from '../http/contract.ts';
import { Failure } from '../http/failure.ts';
import { LogtoFailure, logtoErrors } from '../http/logto-errors.ts';

type MyAccountGrant = components['schemas']['MyAccountGrant'];

const SCOPE = 'urn:logto:scope:sessions';

/**
 * The My account grants document and what serves it.
 *
 * @param ownClient the client of our own issuer, if that is the one in use; it belongs to the server alone
 */
export function accountGrants(model: GrantModel, ownClient: string | undefined): Contract<operations> {
  const { collections, clock } = model;
  /** In Logto's order: identity is verified before the scope is checked. */
  const check = async (
    principal: Principal,
    verificationId: string | undefined,
    now: Date,
  ): Promise<void> => {
    await requireVerification(collections, principal.user_id, verificationId, now);
    requireScope(principal);
  };
  return {
    document: 'account-grants',
    basePaths: ['/api/my-account'],
    errors: logtoErrors,
    authorize: requirePerson,
    operations: {
      async listMyAccountGrants({ query, headers, principal }) {
        const now = clock();
        await check(principal, headers['logto-verification-id'], now);
        const consents = await listConsents(model, principal.user_id);
        const wanted = consents.filter(({ client }) => client !== null && isOfType(client, query.appType));
        const grants = wanted.flatMap((consent) => writeIfActive(consent, principal.user_id, now));
        return { status: 200, body: { grants } };
      },

      async revokeMyAccountGrant({ params, headers, principal, asked, once }) {
        const now = clock();
        await check(principal, headers['logto-verification-id'], now);
        await requireFirstParty(collections, principal, ownClient);
        return once(async ({ id }) => {
          const consent = { id, asked, consent_id: params.grantId, user_id: principal.user_id, now };
          if (!(await revokeConsent(model, consent))) {
            throw new Failure('grant-not-found', 'You have granted no such thing. Nothing was changed.');
          }
          return { status: 204 };
        });
      },
    },
  };
}

/**
 * The page has a 403, which Logto returns for tokens without the scope `openid`; that scope is not needed here. Ours is
 * for a token without a user: one that an application got for itself (RFC 9068, section 2.2).
 */
function requirePerson({ user_id, client_id }: Principal): void {
  if (user_id === client_id) {
    throw new Failure('forbidden', "Forbidden. The access token is an application's own, not a person's.");
  }
}

/** No record's id is longer, in characters. */
const MAX_VERIFICATION_ID_LENGTH = 256;

/** The same failure for a record that is missing, unknown, expired, not verified or another user's. */
async function requireVerification(
  { verificationRecords }: Collections,
  user_id: string,
  _id: string | undefined,
  now: Date,
): Promise<void> {
  const usable = { user_id: equals(user_id), verified: true, expires_at: { $gt: now } };
  const isPlausible = _id !== undefined && checked(_id).length <= MAX_VERIFICATION_ID_LENGTH;
  if (isPlausible && (await verificationRecords.exists({ _id: equals(_id), ...usable }))) return;
  throw new LogtoFailure(
    'token-invalid',
    'verification_record.permission_denied',
    'Permission denied, please re-authenticate.',
  );
}

function requireScope({ scopes }: Principal): void {
  if (scopes.includes(SCOPE)) return;
  throw new Failure('token-invalid', 'Unauthorized. Please check credentials and its scope.', {
    headers: {
      'WWW-Authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${SCOPE}"`,
    },
  });
}

/** Logto's rule and words: only the platform's own applications may revoke, whatever the token's scopes. */
async function requireFirstParty(
  collections: Collections,
  { client_id }: Principal,
  ownClient: string | undefined,
): Promise<void> {
  if (await mayTakeBack(collections, client_id, ownClient)) return;
  throw new LogtoFailure(
    'forbidden',
    'auth.third_party_application_forbidden',
    'Third-party applications cannot modify account data through this API.',
  );
}

function isOfType(
  client: { is_first_party: boolean },
  appType: 'firstParty' | 'thirdParty' | undefined,
): boolean {
  return appType === undefined || client.is_first_party === (appType === 'firstParty');
}

/**
 * The grant in the page's units: `exp` and `iat` in seconds, `expiresAt` in milliseconds; empty once it has expired.
 */
function writeIfActive(consent: LiveConsent, accountId: string, now: Date): MyAccountGrant[] {
  const { id, client_id, client, granted_at, expires_at } = consent;
  // No application is registered without an id.
  if (!client || client_id === '' || !expires_at || expires_at <= now) return [];
  const payload = {
    exp: Math.floor(expires_at.getTime() / 1000),
    iat: Math.floor(granted_at.getTime() / 1000),
    jti: id,
    kind: 'Grant',
    clientId: client_id,
    accountId,
  } as const;
  return [
    { id, payload, expiresAt: expires_at.getTime(), application: { id: client_id, name: client.name } },
  ];
}
