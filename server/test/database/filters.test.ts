import { beforeEach, describe, expect, it } from 'vitest';
import { accountGrants } from '../../src/account-grants/contract.ts';
import { checked, equals, isOneOf } from '../../src/database/filters.ts';
import { mayTakeBack } from '../../src/grants/clients.ts';
import { listConsents, revokeConsent } from '../../src/grants/consents.ts';
import { findGrant, listGrants, missingGrants } from '../../src/grants/listing.ts';
import { revokeMatchingGrants } from '../../src/grants/revocation/by-filter.ts';
import { revokeGrants } from '../../src/grants/revocation/by-identity.ts';
import { assignScopes, removeScope, unknownScopes } from '../../src/user-consent-scopes/assignment.ts';
import { findConsentScopes } from '../../src/user-consent-scopes/listing.ts';
import { ASKED, consentRow, PAGE_GRANT, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';

const service = useService();

/** Whatever could reach a filter that is no text, or none that the database can hold. */
const values: [what: string, value: unknown][] = [
  ['a number', 42],
  ['zero', 0],
  ['a boolean', true],
  ['null', null],
  ['undefined', undefined],
  ['an operator', { $gt: '' }],
  ['a negation', { $ne: 'x' }],
  ['an expression', { $exists: true }],
  ['an empty object', {}],
  ['a list', ['42']],
  ['an empty list', []],
  ['a pattern', /./],
  ['a date', new Date(0)],
  ['a text object', new String('42')],
  ['half of a surrogate pair', '\ud800'],
];

/** Nothing but what the compiler would refuse, as if it had reached a filter all the same. */
// biome-ignore lint/suspicious/noExplicitAny: to hand over what no type allows is what this test is for
type Any = any;

const now = service.now;
const revoking = () => ({
  id: service.model.newId(),
  asked: ASKED,
  include_consent: true,
  now,
  stopping: new AbortController().signal,
});
const list = (filter: Any, more: Any = {}) =>
  listGrants(service.model, {
    filter,
    status: 'all',
    sort_by: 'resource',
    sort_order: 'asc',
    limit: 10,
    offset: 0,
    ...more,
  });
const inAccount = (values: Any) => ({ account_id: PAGE_GRANT.account_id, ...values });
const narrowings = ['client_id', 'user_id', 'project_id', 'resource'] as const;
const identityNames = [...narrowings, 'account_id'] as const;

type Way = (value: Any) => unknown;

/** Every way from a value to a filter that the operations use. */
const ways: Record<string, Way> = {
  'the consents of a person': (value) => listConsents(service.model, value),
  'a consent to revoke': (value) =>
    revokeConsent(service.model, { id: 'r', asked: ASKED, consent_id: value, user_id: 'ann', now }),
  'a person whose consent to revoke': (value) =>
    revokeConsent(service.model, { id: 'r', asked: ASKED, consent_id: 'c', user_id: value, now }),
  'the client of a token': (value) => mayTakeBack(service.store, value ?? null, undefined),
  'an account to list': (value) => list({ account_id: value }),
  'a status to list': (value) => list(inAccount({}), { status: value }),
  'an account to revoke in': (value) =>
    revokeMatchingGrants(service.model, { filter: { account_id: value }, status: 'active' }, revoking()),
  'a status to revoke': (value) =>
    revokeMatchingGrants(service.model, { filter: inAccount({}), status: value }, revoking()),
  'an application': (value) => findConsentScopes(service.store, value),
  'an application to add scopes to': (value) => assignScopes(service.store, value, { userScopes: ['email'] }),
  'an application to remove a scope from': (value) =>
    removeScope(service.store, value, 'user-scopes', 'email'),
  'a scope to remove': (value) => removeScope(service.store, 'app', 'user-scopes', value),
  'an organization scope': (value) => unknownScopes(service.store, { organizationScopes: [value] }),
  'a resource scope': (value) => unknownScopes(service.store, { resourceScopes: [value] }),
  'a scope of a grant': (value) => findGrant(service.model, { ...PAGE_GRANT, scope: [value] }),
  'a scope of a grant to revoke': (value) =>
    revokeGrants(service.model, [{ ...PAGE_GRANT, scope: [value] }], revoking()),
  'the person of a verification record': (value) =>
    accountGrants(service.model, undefined).operations.listMyAccountGrants(
      asking({ user_id: value }, 'good'),
    ),
  'a verification record': (value) =>
    accountGrants(service.model, undefined).operations.listMyAccountGrants(
      asking({ user_id: 'ann' }, value ?? null),
    ),
  ...Object.fromEntries(
    identityNames.flatMap((name): [string, Way][] => [
      [`the ${name} of a grant`, (value) => findGrant(service.model, { ...PAGE_GRANT, [name]: value })],
      [
        `the ${name} of a grant to look for`,
        (value) => missingGrants(service.model, [{ ...PAGE_GRANT, [name]: value }]),
      ],
      [
        `the ${name} of a grant to revoke`,
        (value) => revokeGrants(service.model, [{ ...PAGE_GRANT, [name]: value ?? null }], revoking()),
      ],
      [
        `the ${name} where a page ended`,
        (value) =>
          list(inAccount({}), {
            after: { stretch: 0, key: 'a', identity: { ...PAGE_GRANT, [name]: value } },
          }),
      ],
    ]),
  ),
  // A filter that is not there is none; null is no way of saying so.
  ...Object.fromEntries(
    narrowings.flatMap((name): [string, Way][] => [
      [`${name} to list`, (value) => list(inAccount({ [name]: value ?? null }))],
      [
        `${name} to revoke`,
        (value) =>
          revokeMatchingGrants(
            service.model,
            { filter: inAccount({ [name]: value ?? null }), status: 'active' },
            revoking(),
          ),
      ],
    ]),
  ),
};

function asking(principal: object, verificationId: unknown): Any {
  return {
    query: {},
    headers: { 'logto-verification-id': verificationId },
    principal: { scopes: ['urn:logto:scope:sessions'], ...principal },
  };
}

beforeEach(async () => {
  const mine = { user_id: '42', client_id: '42' };
  await service.store.consents.create(consentRow({ ...mine, _id: '42' }));
  await service.store.refreshTokens.insertMany([tokenRow(), tokenRow({ ...mine, consent_id: '42' })]);
  await service.store.clients.create({ _id: '42', name: 'Forty-two', is_first_party: true });
  await service.store.userConsentScopes.create({ _id: '42', user_scopes: ['42'] });
});

describe.each(Object.entries(ways))('a filter made of %s', (_what, way) => {
  it('takes nothing that is no text, and then asks the database for nothing by it', async () => {
    for (const [what, value] of values) {
      await expect(async () => way(value), what).rejects.toThrow(/^a filter takes a well-formed text/);
    }
    expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(1);
    expect(await service.store.refreshTokens.countDocuments({ revoked_at: null })).toBe(2);
    expect(await service.store.userConsentScopes.countDocuments({ user_scopes: '42' })).toBe(1);
  });
});

describe('what makes filters', () => {
  it('takes any text that the database holds as it is', async () => {
    for (const text of ['42', '', 'a\u0000b', '$gt', '{"$gt":""}', '🦊']) {
      expect([equals(text), isOneOf([text]), checked(text)]).toEqual([{ $eq: text }, { $in: [text] }, text]);
      await service.store.users.collection.insertOne({ _id: text, name: 'x' } as never);
      expect(await service.store.users.countDocuments({ _id: equals(text) })).toBe(1);
    }
  });

  it('never says what it was given', () => {
    expect(() => checked({ secret: 's3cret' } as never)).toThrow(
      'a filter takes a well-formed text, and was given one of the type object',
    );
  });
});

describe('a token whose claims are of another type', () => {
  const claims = ['sub', 'account_id', 'client_id', 'permissions', 'scope'];
  const paths: [method: string, path: string][] = [
    ['GET', '/v1/me/grants'],
    ['DELETE', '/v1/me/grants/42'],
    ['GET', '/api/my-account/grants'],
    ['DELETE', '/api/my-account/grants/42'],
    ['GET', '/api/v1/oauth-grants'],
    ['GET', '/api/applications/42/user-consent-scopes'],
    ['DELETE', '/api/applications/42/user-consent-scopes/user-scopes/42'],
  ];

  it.each(paths)('is a 401 at %s %s, in its shape, that names the claim', async (method, path) => {
    const good = {
      sub: '42',
      account_id: PAGE_GRANT.account_id,
      permissions: ['account:member'],
      scope: 'all',
    };
    for (const claim of claims) {
      const as = { ...good, [claim]: 42 };
      const { status, headers, body } = await service.ask(method, path, { as });
      expect([claim, status]).toEqual([claim, 401]);
      expect(JSON.stringify(body)).toContain(`\\"${claim}\\"`);
      expect(headers.get('www-authenticate')).toContain(`'${claim}'`);
    }
    expect(await service.store.consents.countDocuments({ revoked_at: null })).toBe(1);
  });
});
