import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/*
 * An answer holds what the store holds: a document that bounds it would forbid its own answers. What is bounded all the
 * same is what the server itself makes, or what a published page bounds and the server sees to.
 */

const BUNDLES = new URL('../../openapi/bundled/', import.meta.url);
const BOUNDS = [
  'maxLength',
  'minLength',
  'pattern',
  'format',
  'enum',
  'const',
  'maxItems',
  'minItems',
  'maxProperties',
];

/** Bounds that no row can break, and why. */
const KEPT: Record<string, string> = {
  'OAuthGrantId minLength': 'made by the server',
  'OAuthGrantId pattern': 'made by the server',
  'OAuthGrantStatus enum': 'made by the server',
  'OAuthGrant.granted_at format': 'other dates count as null',
  'OAuthGrant.created_at format': 'other dates count as null',
  'OAuthGrant.last_used_at format': 'other dates count as null',
  'OAuthGrant.expires_at format': 'other dates count as null',
  'OAuthGrant.suspended_until format': 'made by the server',
  'OAuthGrantSuspension.suspended_until format': 'made by the server',
  'OAuthGrantListResponse.next_cursor minLength': 'made by the server',
  'PreviewChanges.grant_ids maxItems': 'made by the server',
  'PreviewChanges.grant_ids minItems': 'made by the server',
  'OAuthGrantAuditEvent.event_id minLength': 'made by the server',
  'OAuthGrantAuditEvent.at format': 'made by the server',
  'OAuthGrantAuditAction enum': 'made by the server',
  'OAuthGrantAuditEvent.reason minLength': 'made by the server',
  'OAuthGrantAuditEvent.filter.status enum': 'made by the server',
  'OAuthGrantAuditEvent.filter.unused_since format': 'made by the server',
  'OAuthGrantAuditEvent.grant_ids maxItems': 'made by the server',
  'OAuthGrantAuditEventListResponse.next_cursor minLength': 'made by the server',
  'OAuthGrantSearchResponse.users maxItems': 'made by the server',
  'OAuthGrantSearchResponse.clients maxItems': 'made by the server',
  'OAuthGrantRevocationPreview.sample maxItems': 'made by the server',
  'PreviewToken maxLength': 'made by the server',
  'PreviewToken pattern': 'made by the server',
  'OAuthGrantRevocationPreview.expires_at format': 'made by the server',
  'MeGrant.granted_at format': 'other dates count as null',
  'MeGrant.updated_at format': 'other dates count as null',
  'MeGrant.last_used_at format': 'other dates count as null',
  'MyAccountGrantPayload.kind enum': 'made by the server',
  'GrantApplication.id minLength': 'no application is registered without an id',
  'GrantApplication.name minLength': 'what has no name is called by its id',
  'OrganizationScopeDetail.id minLength': 'lists hold no empty id',
  'OrganizationScopeDetail.name minLength': 'what has no name is called by its id',
  'ScopeDetail.id minLength': 'lists hold no empty id',
  'ScopeDetail.name minLength': 'what has no name is called by its id',
  'ScopeResource.id minLength': 'a resource without an id is none',
  'ScopeResource.name minLength': 'what has no name is called by its id',
  'ScopeResource.indicator minLength': 'what has no indicator is called by its id',
  'Resource.id minLength': 'a resource without an id is none',
  'Resource.name minLength': 'what has no name is called by its id',
  'Resource.indicator minLength': 'what has no indicator is called by its id',
  'ResourceScope.id minLength': 'lists hold no empty id',
  'ResourceScope.resourceId minLength': 'a resource without an id is none',
  'ResourceScope.name minLength': 'what has no name is called by its id',
  'UserScope enum': 'others are not shown: no other can be asked for',
  'Problem.type format': 'made by the server',
  'Problem.type enum': 'made by the server',
  'Problem.request_id minLength': 'made by the server',
  'Problem.errors minItems': 'made by the server',
  'ProblemField.in enum': 'made by the server',
};

/** A JSON object whose values are only looked at where they are objects. */
type Json = { [key: string]: Json };

/** Every bound in what the document answers with, such as `GrantApplication.id minLength`. */
function boundsOfAnswers(document: Json): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const resolve = (ref: string) =>
    ref
      .slice(2)
      .split('/')
      .reduce((at, key) => at[key] ?? {}, document);
  const visit = (node: unknown, place: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, ...schema } = node as Json;
    const $ref: unknown = schema.$ref;
    if (typeof $ref === 'string') {
      if (seen.has($ref)) return;
      seen.add($ref);
      visit(resolve($ref), $ref.slice($ref.lastIndexOf('/') + 1));
    }
    found.push(...BOUNDS.filter((bound) => bound in schema).map((bound) => `${place} ${bound}`));
    for (const [name, property] of Object.entries(properties ?? {})) visit(property, `${place}.${name}`);
    for (const name of ['items', 'schema', 'content', 'application/json', 'application/problem+json']) {
      visit(schema[name], place);
    }
    for (const name of ['oneOf', 'anyOf', 'allOf'])
      for (const one of Object.values(schema[name] ?? {})) visit(one, place);
  };
  for (const item of Object.values(document.paths ?? {})) {
    for (const { responses } of Object.values(item))
      for (const one of Object.values(responses ?? {})) visit(one, '?');
  }
  return found;
}

const documents = readdirSync(BUNDLES).map((name) =>
  JSON.parse(readFileSync(new URL(name, BUNDLES), 'utf8')),
);

it('no answer is bounded in what rows hold', () => {
  const found = documents.flatMap(boundsOfAnswers);
  expect(found.filter((bound) => !(bound in KEPT))).toEqual([]);
  expect(Object.keys(KEPT).filter((bound) => !found.includes(bound))).toEqual([]);
});

it.each([
  ['GrantApplication', 'id', 21],
  ['GrantApplication', 'name', 256],
  ['OrganizationScopeDetail', 'id', 21],
  ['OrganizationScopeDetail', 'name', 128],
  ['OrganizationScopeDetail', 'description', 256],
  ['ScopeResource', 'id', 21],
  ['ScopeDetail', 'id', 21],
  ['ScopeDetail', 'name', 256],
])(
  'the bound that is published of %s.%s, %s characters, is told in its description',
  (schema, field, most) => {
    const [property] = documents.flatMap(
      ({ components }) => components.schemas[schema]?.properties[field] ?? [],
    );
    expect(property.description).toContain(`Logto publishes a maximum length of ${most}`);
  },
);
