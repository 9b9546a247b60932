import type { components, operations } from '../generated/me-grants.ts';
import { mayTakeBack } from '../grants/clients.ts';
import { type LiveConsent, listConsents, revokeConsent } from '../grants/consents.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import type { Contract } from '../http/contract.ts';
import type { ErrorFormat } from '../http/errors.ts';
import { Failure, failureName } from '../http/failure.ts';

/**
 * The Me grants document and what serves it.
 *
 * @param ownClient the client of our own issuer, if that is the one in use; it belongs to the server alone
 */
export function meGrants(model: GrantModel, ownClient: string | undefined): Contract<operations> {
  const { collections, clock } = model;
  return {
    document: 'me-grants',
    basePaths: ['/v1/me'],
    errors: meErrors,
    operations: {
      async listMeGrants({ principal }) {
        const consents = await listConsents(model, principal.user_id);
        return { status: 200, body: { data: consents.map(writeGrant) } };
      },

      async revokeMeGrant({ params, principal, asked, once }) {
        if (!(await mayTakeBack(collections, principal.client_id, ownClient))) {
          throw new Failure('forbidden', 'Third-party apps cannot take grants back through this API.');
        }
        return once(async ({ id }) => {
          const { user_id } = principal;
          const consent = { id, asked, consent_id: params.grantId, user_id, now: clock() };
          if (!(await revokeConsent(model, consent))) {
            throw new Failure('grant-not-found', 'You have granted no such thing. Nothing was changed.');
          }
          return { status: 204 };
        });
      },
    },
  };
}

function writeGrant(consent: LiveConsent): components['schemas']['MeGrant'] {
  const { client, client_id, last_used_at } = consent;
  return {
    id: consent.id,
    client_id,
    client_name: client?.name ?? client_id,
    client_uri: client?.client_uri ?? null,
    logo_uri: client?.logo_uri ?? null,
    is_first_party: client?.is_first_party ?? false,
    scopes_granted: consent.scope,
    granted_at: consent.granted_at.toISOString(),
    updated_at: consent.updated_at.toISOString(),
    last_used_at: last_used_at?.toISOString() ?? null,
  };
}

/** `{ error, message }`, as on the published page. */
const meErrors: ErrorFormat = {
  contentType: 'application/json',
  body: (failure): components['schemas']['MeError'] => ({
    error: failureName(failure).replaceAll('-', '_'),
    message: failure.message,
  }),
};
