import { documented } from '../generated/documented.gen.ts';
import type { OperationId } from './documents.ts';
import type { MockData } from './state.ts';

const DAY = 24 * 60 * 60 * 1_000;

/**
 * The examples of the documents. They are moved by whole days, so that the newest event is of the last 24 hours: what has
 * just been granted would else have expired long ago.
 *
 * @param now milliseconds since 1970
 */
export function exampleData(now: number): MockData {
  const { listOAuthGrants, listMeGrants, listMyAccountGrants, listOAuthGrantAuditEvents } = documented;
  const grants = Object.values(listOAuthGrants.answers[200].examples).flatMap((page) => page.grants);
  const pages = Object.values(listOAuthGrantAuditEvents.answers[200].examples);
  const auditEvents = pages
    .flatMap(({ events }) => events)
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  const scopes = documented.listUserConsentScopes.answers[200].examples.assigned;
  const applicationId = exampleOf('listUserConsentScopes', 'applicationId');
  const data: MockData = {
    grants: [...new Map(grants.map((grant) => [grant.grant_id, grant])).values()],
    meGrants: listMeGrants.answers[200].examples.two_grants.data,
    accountGrants: listMyAccountGrants.answers[200].examples.two_grants.grants,
    auditEvents,
    verificationIds: [exampleOf('listMyAccountGrants', 'logto-verification-id')],
    scopes,
    applications: {
      [applicationId]: {
        organizationScopes: scopes.organizationScopes.map(({ id }) => id),
        resourceScopes: scopes.resourceScopes.flatMap((group) => group.scopes.map(({ id }) => id)),
        organizationResourceScopes: scopes.organizationResourceScopes.flatMap((group) =>
          group.scopes.map(({ id }) => id),
        ),
        userScopes: scopes.userScopes,
      },
    },
  };
  const newest = Date.parse(auditEvents[0]?.at ?? '');
  return moved(data, Math.floor((now - newest) / DAY) * DAY);
}

/** The example that a document has for a parameter. */
function exampleOf(id: OperationId, name: string): string {
  const parameter = documented[id].parameters.find((one) => one.name === name);
  if (parameter?.example === undefined)
    throw new TypeError(`${name} of ${id} has no example in its document`);
  return parameter.example;
}

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** A copy, with every time in it moved by so many milliseconds. */
function moved<T>(data: T, by: number): T {
  return JSON.parse(JSON.stringify(data), (key, value) => {
    if (typeof value === 'string' && MOMENT.test(value))
      return new Date(Date.parse(value) + by).toISOString();
    if (key === 'expiresAt') return value + by;
    return key === 'exp' || key === 'iat' ? value + by / 1_000 : value;
  });
}
