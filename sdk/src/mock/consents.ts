import type { Call, Handlers } from './call.ts';
import { grantsOf, revoke } from './revocation.ts';

type Me = 'listMeGrants' | 'revokeMeGrant';
type MyAccount = 'listMyAccountGrants' | 'revokeMyAccountGrant';

/** Me grants and My account grants: two views of what the signed-in person allowed. */
export const consentHandlers: Handlers<Me | MyAccount> = {
  listMeGrants({ state: { data, revokedConsents } }) {
    const left = data.meGrants.filter(({ id }) => !revokedConsents.has(id));
    const newestFirst = left.sort((one, other) => Date.parse(other.granted_at) - Date.parse(one.granted_at));
    return { status: 200, body: { data: newestFirst } };
  },

  revokeMeGrant: (call) =>
    call.once(() => {
      if (!revokeConsent(call)) throw call.refuse(404, 'grant_not_found');
      return { status: 204 };
    }),

  listMyAccountGrants(call) {
    requireVerification(call);
    const { data, revokedConsents } = call.state;
    const { appType } = call.query;
    const ofFirstParties = new Set(
      data.meGrants.filter((grant) => grant.is_first_party).map(({ client_id }) => client_id),
    );
    const grants = data.accountGrants.filter(
      ({ id, application }) =>
        !revokedConsents.has(id) &&
        (appType === undefined || ofFirstParties.has(application.id) === (appType === 'firstParty')),
    );
    return {
      status: 200,
      body: { grants: grants.sort((one, other) => other.payload.iat - one.payload.iat) },
    };
  },

  revokeMyAccountGrant(call) {
    requireVerification(call);
    return call.once(() => {
      if (!revokeConsent(call)) throw call.refuse(404, 'grant_not_found');
      return { status: 204 };
    });
  },
};

/** Revokes the consent that a call names, and the grants that came of it. False where there is none. */
function revokeConsent(call: Call<'revokeMeGrant'> | Call<'revokeMyAccountGrant'>): boolean {
  const { grantId } = call.path;
  const { meGrants, accountGrants } = call.state.data;
  if (![...meGrants, ...accountGrants].some(({ id }) => id === grantId)) return false;
  const grants = grantsOf(call.state, grantId, call.caller.user_id);
  revoke(call, grants, [grantId], { include_consent: true });
  return true;
}

function requireVerification(call: Call<MyAccount>): void {
  const id = call.headers.get('logto-verification-id');
  if (id === null || !call.state.data.verificationIds.includes(id)) throw call.refuse(401, 'not_verified');
}
