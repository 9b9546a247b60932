import fc from 'fast-check';
import type { Operation } from '../../sdk/contract-tests/src/documents.ts';
import type { RawRequest } from '../../sdk/contract-tests/src/exchange.ts';
import { type Parts, partsOf, toRequest } from '../../sdk/contract-tests/src/requests/parts.ts';
import { type Credential, mayUse } from './tokens.ts';
import * as world from './world.ts';

/** A request, and whose it is. */
export interface Draft {
  operation: Operation;
  credential: Credential;
  parts: Parts;
}

const { ACCOUNTS, CLIENTS, PEOPLE, PROJECTS, RESOURCES } = world;
const somebody = fc.constantFrom(...PEOPLE);
/** Placeholder for the user whose token it is. */
const OWN = 'OWN';
/** Placeholder for a preview token of that user. */
const OWN_PREVIEW = 'OWN PREVIEW';
const grantIds = world.sixValues.map(world.grantId);
const anyText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const filters = {
  account_id: fc.constantFrom(...ACCOUNTS),
  project_id: fc.constantFrom(...PROJECTS),
  user_id: somebody,
  client_id: fc.oneof(fc.constantFrom(...CLIENTS), anyText),
  resource: fc.oneof(fc.constantFrom(...RESOURCES), anyText),
};

/** Parameter values, by name, that match something in the store. */
const values: Record<string, fc.Arbitrary<string>> = {
  ...filters,
  grant_id: grantIds,
  'listOAuthGrants.cursor': fc.constant('first'),
  'logto-verification-id': fc.constant(world.verificationId(OWN)),
  applicationId: fc.constantFrom(...CLIENTS, 'gone'),
  scopeId: fc.constantFrom(...world.RESOURCE_SCOPES, ...world.ORGANIZATION_SCOPES, 'profile', 'gone'),
  grantId: fc
    .tuple(fc.oneof({ weight: 3, arbitrary: fc.constant(OWN) }, somebody), fc.nat(world.CONSENTS_EACH))
    .map(([user_id, index]) => world.consentId(user_id, index)),
};

/** Bodies that the documents allow, by operation. */
const bodies: Record<string, fc.Arbitrary<object>> = {
  revokeOAuthGrants: fc.oneof(
    fc.record(
      {
        grant_ids: fc.array(grantIds, { minLength: 1, maxLength: 4 }),
        include_consent: fc.boolean(),
        dry_run: fc.boolean(),
      },
      { requiredKeys: ['grant_ids'] },
    ),
    fc
      .record(
        {
          ...filters,
          status: fc.constantFrom('active', 'revoked', 'expired', 'all'),
          include_consent: fc.boolean(),
          dry_run: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      // As few rows as possible: revoked ones stay revoked for the rest of the run.
      .map((body) => ({ client_id: CLIENTS[0], user_id: PEOPLE[0], ...body })),
    fc.constant({ preview_token: OWN_PREVIEW }),
  ),
  searchOAuthGrants: fc.record(
    {
      query: fc.oneof(somebody, fc.constantFrom(...CLIENTS), anyText),
      limit: fc.integer({ min: 1, max: 50 }),
    },
    { requiredKeys: ['query'] },
  ),
  assignUserConsentScopes: fc.record(
    {
      organizationScopes: fc.subarray([...world.ORGANIZATION_SCOPES, 'gone']),
      resourceScopes: fc.subarray(world.RESOURCE_SCOPES),
      organizationResourceScopes: fc.subarray(world.RESOURCE_SCOPES),
      userScopes: fc.subarray(['profile', 'email', 'phone']),
    },
    { requiredKeys: [] },
  ),
};

/** Requests that their documents allow, whoever sends them. */
export function draftsOf(
  operations: Operation[],
  credentials: Credential[],
  previews: Previews,
): fc.Arbitrary<Draft> {
  const any = (some: Credential[]) => fc.constantFrom(...some);
  const credentialFor = ({ document }: Operation) =>
    fc.oneof(
      { weight: 4, arbitrary: any(credentials.filter((one) => one.isGood && mayUse(document, one.claims))) },
      { weight: 1, arbitrary: any(credentials) },
    );
  return fc.constantFrom(...operations).chain((operation) =>
    fc
      .record({ credential: credentialFor(operation), parts: partsOf(operation, { values, bodies }) })
      .map(({ credential, parts }) => ({
        operation,
        credential,
        parts: withPerson(parts, credential, previews),
      })),
  );
}

/** Preview tokens, by the credential that they were given to. */
export type Previews = ReadonlyMap<Credential, string>;

/** What a preview is asked for with, before the run. */
export const TO_PREVIEW = { client_id: CLIENTS[0], resource: RESOURCES[0], dry_run: true };

/**
 * Fills in the token's user: the consent's owner, and the verification record if the document asks for one. A credential
 * that was given no preview sends another's.
 */
function withPerson(parts: Parts, credential: Credential, previews: Previews): Parts {
  const person = String(credential.claims.sub);
  const own = (text: string) => text.replace(OWN, person);
  return {
    ...parts,
    body: isPreviewed(parts.body)
      ? { preview_token: previews.get(credential) ?? [...previews.values()][0] }
      : parts.body,
    segments: parts.segments.map(own),
    headers: parts.headers.map(([name, value]) => [name, own(value)]),
  };
}

function isPreviewed(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'preview_token' in body;
}

/** Writes a draft as a request. */
export function rawRequestOf({ parts, credential: { authorization } }: Draft): RawRequest {
  const sent: [string, string][] = authorization === undefined ? [] : [['Authorization', authorization]];
  return toRequest(parts, [['Host', '127.0.0.1'], ['Connection', 'close'], ...sent]);
}
