import type { Collections } from '../database/collections.ts';
import { equals } from '../database/filters.ts';
import type { operations } from '../generated/user-consent-scopes.ts';
import type { Contract } from '../http/contract.ts';
import { Failure } from '../http/failure.ts';
import { LogtoFailure, logtoErrors } from '../http/logto-errors.ts';
import { findOrganizationScopes, findResources } from './assignable.ts';
import { assignScopes, removeScope, unknownScopes } from './assignment.ts';
import { findConsentScopes } from './listing.ts';
import { answerOf } from './paging.ts';

/** The User consent scopes document and what serves it. */
export function userConsentScopes(collections: Collections): Contract<operations> {
  return {
    document: 'user-consent-scopes',
    basePaths: ['/api/applications', '/api/organization-scopes', '/api/resources'],
    errors: logtoErrors,
    // Four lists of 5,000 ids of the usual length are half a megabyte.
    bodyLimit: 1024 * 1024,
    authorize({ scopes }) {
      if (!scopes.includes('all')) {
        throw new Failure('forbidden', 'Forbidden. Please check your user roles and permissions.');
      }
    },
    operations: {
      async listUserConsentScopes({ params: { applicationId } }) {
        const scopes = await findConsentScopes(collections, applicationId);
        if (!scopes) throw noSuchApplication(applicationId);
        return { status: 200, body: scopes };
      },

      async assignUserConsentScopes({ params: { applicationId }, body }) {
        const application = await collections.clients.findOne({ _id: equals(applicationId) }).lean();
        if (!application) throw noSuchApplication(applicationId);
        if (application.is_first_party === true) throw thirdPartyOnly();
        const unknown = await unknownScopes(collections, body);
        if (Object.values(unknown).some((ids) => ids.length > 0)) throw scopesNotFound(unknown);
        await assignScopes(collections, applicationId, body);
        return { status: 201 };
      },

      async removeUserConsentScope({ params: { applicationId, scopeType, scopeId } }) {
        if (!(await collections.clients.exists({ _id: equals(applicationId) })))
          throw noSuchApplication(applicationId);
        if (!(await removeScope(collections, applicationId, scopeType, scopeId))) throw notAssigned();
        return { status: 204 };
      },

      async listOrganizationScopes({ query }) {
        return answerOf(query, await findOrganizationScopes(collections, query));
      },

      async listResources({ query }) {
        return answerOf(query, await findResources(collections, query));
      },
    },
  };
}

function noSuchApplication(id: string): Failure {
  const message = `The applications with ID \`${id}\` does not exist.`;
  return new LogtoFailure('not-found', 'entity.not_exists_with_id', message);
}

function thirdPartyOnly(): Failure {
  const message = 'The feature is only available for third-party applications.';
  return new LogtoFailure('unprocessable', 'application.third_party_application_only', message);
}

const IN_ORGANIZATIONS = 'GET /api/organization-scopes lists the organization scopes that there are.';
const IN_RESOURCES = 'GET /api/resources?includeScopes=true lists the resource scopes that there are.';

function scopesNotFound(unknown: Awaited<ReturnType<typeof unknownScopes>>): Failure {
  const code = 'application.user_consent_scopes_not_found';
  const places = [
    ...(unknown.invalidOrganizationScopes.length > 0 ? [IN_ORGANIZATIONS] : []),
    ...(unknown.invalidResourceScopes.length + unknown.invalidOrganizationResourceScopes.length > 0
      ? [IN_RESOURCES]
      : []),
  ];
  const message = `Invalid user consent scopes. ${places.join(' ')}`;
  return new LogtoFailure('unprocessable', code, message, unknown);
}

function notAssigned(): Failure {
  return new LogtoFailure('not-found', 'entity.not_found', 'The application does not have this scope.');
}
