import fc from 'fast-check';
import type { Operation } from './documents.ts';
import { type Credential, mayUse } from './tokens.ts';
import type { RawRequest } from './wire.ts';
import * as world from './world.ts';

/** A request in parts, so that each can be spoilt on its own. */
export interface Draft {
  operation: Operation;
  credential: Credential;
  method: string;
  /** The path's, already encoded. */
  segments: string[];
  /** Already encoded. */
  query: [name: string, value: string][];
  headers: [name: string, value: string][];
  /** Sent as JSON; undefined for no body. */
  body: unknown;
}

const { ACCOUNTS, CLIENTS, PEOPLE, PROJECTS, RESOURCES } = world;
const somebody = fc.constantFrom(...PEOPLE);
/** New keys, and a few that requests share. */
const keys = fc.oneof(
  { weight: 5, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: fc.constantFrom('key-1', 'key-2', '"key-3"') },
);
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
const MEANINGFUL: Record<string, fc.Arbitrary<string>> = {
  ...filters,
  grant_id: grantIds,
  cursor: fc.constant('first'),
  applicationId: fc.constantFrom(...CLIENTS, 'gone'),
  scopeId: fc.constantFrom(...world.RESOURCE_SCOPES, ...world.ORGANIZATION_SCOPES, 'profile', 'gone'),
  grantId: fc
    .tuple(fc.oneof({ weight: 3, arbitrary: fc.constant(OWN) }, somebody), fc.nat(world.CONSENTS_EACH))
    .map(([user_id, index]) => world.consentId(user_id, index)),
};

/** Bodies that the documents allow, by operation. */
const BODIES: Record<string, fc.Arbitrary<object>> = {
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
      .record({
        credential: credentialFor(operation),
        segments: segmentsOf(operation),
        query: queryOf(operation),
        headers: headersOf(operation),
        body: BODIES[operation.operationId] ?? fc.constant(undefined),
      })
      .map((parts) => ({ operation, method: operation.method, ...withPerson(parts, previews) })),
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
function withPerson<Parts extends Pick<Draft, 'body' | 'credential' | 'headers' | 'segments'>>(
  parts: Parts,
  previews: Previews,
): Parts {
  const person = String(parts.credential.claims.sub);
  const record = world.verificationId(person);
  return {
    ...parts,
    body: isPreviewed(parts.body)
      ? { preview_token: previews.get(parts.credential) ?? [...previews.values()][0] }
      : parts.body,
    segments: parts.segments.map((segment) => segment.replace(OWN, person)),
    headers: parts.headers.map(([name, value]): [string, string] => [name, value || record]),
  };
}

function isPreviewed(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'preview_token' in body;
}

function segmentsOf({ template }: Operation): fc.Arbitrary<string[]> {
  const parts = template.split('/').map((segment) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return fc.constant(segment);
    if (name === 'scopeType') {
      return fc.constantFrom('organization-scopes', 'resource-scopes', 'user-scopes');
    }
    const values = MEANINGFUL[name];
    if (!values) throw new Error(`there is nothing to put in for {${name}}`);
    return values.map(encodeURIComponent);
  });
  return fc.tuple(...parts);
}

function queryOf({ parameters = [] }: Operation): fc.Arbitrary<[string, string][]> {
  const inQuery = parameters.filter((one) => one.in === 'query');
  const values = inQuery.map(({ name, schema }) => {
    const value =
      schema.enum !== undefined
        ? fc.constantFrom(...schema.enum)
        : schema.type === 'integer'
          ? fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100, 1_000) }).map(String)
          : schema.type === 'boolean'
            ? fc.constantFrom('true', 'false')
            : (MEANINGFUL[name] ?? anyText);
    return fc.option(
      value.map((text): [string, string] => [name, encodeURIComponent(text)]),
      { freq: 1 },
    );
  });
  return fc
    .tuple(...values)
    .map((pairs) => pairs.filter((pair) => pair !== null))
    .map((pairs) => (pairs.some(([name]) => name === 'cursor') ? without(pairs, 'offset') : pairs));
}

const without = (pairs: [string, string][], name: string) => pairs.filter(([one]) => one !== name);

function headersOf({ parameters = [] }: Operation): fc.Arbitrary<[string, string][]> {
  const names = parameters.filter((one) => one.in === 'header').map(({ name }) => name);
  const values = names.map((name) =>
    // Empty here: whose record it is depends on the token.
    name === 'idempotency-key' ? fc.option(keys, { freq: 1 }) : fc.constant(''),
  );
  return fc.tuple(...values).map((sent) =>
    names.flatMap((name, index): [string, string][] => {
      const value = sent[index];
      return value == null ? [] : [[name, value]];
    }),
  );
}

/** Writes a draft as a request. */
export function toRequest({ method, segments, query, headers, credential, body }: Draft): RawRequest {
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  return {
    method,
    target: segments.join('/') + (search && `?${search}`),
    headers: [
      ['Host', '127.0.0.1'],
      ['Connection', 'close'],
      ...(credential.authorization === undefined
        ? []
        : ([['Authorization', credential.authorization]] as [string, string][])),
      ...headers,
      ...(body === undefined
        ? []
        : ([
            ['Content-Type', 'application/json'],
            ['Content-Length', String(bytes.length)],
          ] as [string, string][])),
    ],
    body: bytes,
  };
}
