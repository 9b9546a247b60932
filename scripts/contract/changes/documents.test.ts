import { describe, expect, it } from 'vitest';
import { compareDocuments } from './documents.ts';
import { changedDocument, DOCUMENT } from './test-document.ts';

// biome-ignore lint/suspicious/noExplicitAny: a change may put anything anywhere
type Loose = any;
type Case = [what: string, change: (document: Loose) => unknown, difference: string];

const list = (document: Loose) => document.paths['/grants'].get;
const limit = (document: Loose) => list(document).parameters[0];
const answer = (document: Loose) => list(document).responses['200'];
const revoke = (document: Loose) => document.paths['/grants/revoke'].post;
const grant = (document: Loose) => document.components.schemas.Grant;
const filter = (document: Loose) => document.components.schemas.Filter;

const differences = (change: (document: Loose) => unknown) =>
  compareDocuments(DOCUMENT, changedDocument(change)).map(({ breaking, operationId, subject, text }) =>
    [breaking ? 'breaks' : 'fine', operationId, subject, text].filter(Boolean).join(' | '),
  );

const BREAKING: Case[] = [
  ['a path is gone', (d) => void delete d.paths['/grants'], 'listGrants | GET /grants is gone'],
  [
    'a method is another',
    (d) => {
      d.paths['/grants/revoke'] = { put: revoke(d) };
    },
    'revokeGrants | POST /grants/revoke is gone',
  ],
  [
    'an operation has another name',
    (d) => Object.assign(list(d), { operationId: 'getGrants' }),
    'listGrants | is now called `getGrants`, also in the SDK',
  ],
  [
    'a parameter is gone',
    (d) => void list(d).parameters.pop(),
    'listGrants | X-Proof | the header parameter is gone',
  ],
  [
    'a parameter is new and required',
    (d) => void list(d).parameters.push({ name: 'account', in: 'query', required: true }),
    'listGrants | account | the query parameter is new, and required',
  ],
  [
    'a parameter is now required',
    (d) => Object.assign(limit(d), { required: true }),
    'listGrants | limit | is now required',
  ],
  [
    'a parameter is written in another way',
    (d) => Object.assign(limit(d), { explode: false }),
    'listGrants | limit | is written in another way: {"explode":false}',
  ],
  [
    'an upper limit is lower',
    (d) => Object.assign(limit(d).schema, { maximum: 50 }),
    'listGrants | limit | maximum 100 → 50',
  ],
  [
    'a lower limit is higher',
    (d) => Object.assign(limit(d).schema, { minimum: 2 }),
    'listGrants | limit | minimum 1 → 2',
  ],
  [
    'a limit is new',
    (d) => Object.assign(filter(d).properties.ids.items, { minLength: 1 }),
    'revokeGrants | ids[] | minLength none → 1 (request body)',
  ],
  [
    'a default is another',
    (d) => Object.assign(limit(d).schema, { default: 50 }),
    'listGrants | limit | default 20 → 50',
  ],
  [
    'a pattern is new',
    (d) => Object.assign(filter(d).properties.user, { pattern: '^u' }),
    'revokeGrants | user | pattern none → "^u" (request body)',
  ],
  [
    'a type is another',
    (d) => Object.assign(limit(d).schema, { type: 'string' }),
    'listGrants | limit | type "integer" → "string"',
  ],
  [
    'fewer values are taken',
    (d) => void filter(d).properties.status.enum.pop(),
    'revokeGrants | status | values ["active","expired","all"] → ["active","expired"] (request body)',
  ],
  [
    'a field to send is gone',
    (d) => void delete filter(d).properties.ids,
    'revokeGrants | ids | is gone (request body)',
  ],
  [
    'a field to send is new and required',
    (d) => {
      filter(d).properties.account = {};
      filter(d).required.push('account');
    },
    'revokeGrants | account | is new, and required (request body)',
  ],
  [
    'a field to send is now required',
    (d) => void filter(d).required.push('ids'),
    'revokeGrants | ids | is now required (request body)',
  ],
  [
    'a body is now required',
    (d) => Object.assign(revoke(d).requestBody, { required: true }),
    'revokeGrants | request body | is now required',
  ],
  ['a body is gone', (d) => void delete revoke(d).requestBody, 'revokeGrants | request body | is gone'],
  [
    'a body is new and required',
    (d) => Object.assign(list(d), { requestBody: { required: true } }),
    'listGrants | request body | is new, and required',
  ],
  [
    'a type of the body is gone',
    (d) => Object.assign(revoke(d).requestBody, { content: {} }),
    'revokeGrants | application/json | is no longer a type of the request body',
  ],
  [
    'a status is gone',
    (d) => void delete list(d).responses['404'],
    'listGrants | 404 | is no longer a status',
  ],
  [
    'a success is new',
    (d) => Object.assign(revoke(d).responses, { '202': {} }),
    'revokeGrants | 202 | is a new status',
  ],
  [
    'a header of an answer is gone',
    (d) => void delete answer(d).headers['X-Request-Id'],
    'listGrants | X-Request-Id | is no longer a header of the answer 200',
  ],
  [
    'a type of the answer is gone',
    (d) => void delete answer(d).content['application/json'],
    'listGrants | application/json | is no longer a type of the answer 200',
  ],
  [
    'a field of the answer is gone',
    (d) => void delete grant(d).properties.used_at,
    'listGrants | [].used_at | is gone (answer 200)',
  ],
  [
    'a field of the answer may be absent',
    (d) => Object.assign(grant(d), { required: [] }),
    'listGrants | [].id | is no longer required (answer 200)',
  ],
  [
    'a field of the answer may be null',
    (d) => Object.assign(grant(d).properties.id, { type: ['string', 'null'] }),
    'listGrants | [].id | type "string" → ["string","null"] (answer 200)',
  ],
  [
    'an answer has more values',
    (d) => void grant(d).properties.status.enum.push('revoked'),
    'listGrants | [].status | values ["active","expired"] → ["active","expired","revoked"] (answer 200)',
  ],
  [
    'a token needs more scopes',
    (d) => Object.assign(list(d), { security: [{ bearer: ['read', 'grants'] }, { bearer: ['admin'] }] }),
    'listGrants | security | [{"bearer":["read"]},{"bearer":["admin"]}] → [{"bearer":["read","grants"]},{"bearer":["admin"]}]',
  ],
];

const FINE: Case[] = [
  [
    'a path is new',
    (d) => Object.assign(d.paths, { '/g': { get: { operationId: 'g', responses: {} } } }),
    'g | GET /g is new',
  ],
  [
    'a parameter is new',
    (d) => void list(d).parameters.push({ name: 'cursor', in: 'query' }),
    'listGrants | cursor | the query parameter is new',
  ],
  [
    'a limit is wider',
    (d) => Object.assign(limit(d).schema, { maximum: 500 }),
    'listGrants | limit | maximum 100 → 500',
  ],
  ['a limit is gone', (d) => void delete limit(d).schema.minimum, 'listGrants | limit | minimum 1 → none'],
  [
    'a type takes more',
    (d) => Object.assign(limit(d).schema, { type: 'number' }),
    'listGrants | limit | type "integer" → "number"',
  ],
  [
    'more values are taken',
    (d) => void filter(d).properties.status.enum.push('revoked'),
    'revokeGrants | status | values ["active","expired","all"] → ["active","expired","all","revoked"] (request body)',
  ],
  [
    'a field to send is new',
    (d) => Object.assign(filter(d).properties, { account: {} }),
    'revokeGrants | account | is new (request body)',
  ],
  [
    'a field to send may be absent',
    (d) => Object.assign(filter(d), { required: [] }),
    'revokeGrants | user | is no longer required (request body)',
  ],
  [
    'a field of the answer is new',
    (d) => Object.assign(grant(d).properties, { name: {} }),
    'listGrants | [].name | is new (answer 200)',
  ],
  [
    'a field of the answer is always there',
    (d) => void grant(d).required.push('status'),
    'listGrants | [].status | is now required (answer 200)',
  ],
  [
    'an answer has fewer values',
    (d) => void grant(d).properties.status.enum.pop(),
    'listGrants | [].status | values ["active","expired"] → ["active"] (answer 200)',
  ],
  [
    'a failure is new',
    (d) => Object.assign(list(d).responses, { '429': {} }),
    'listGrants | 429 | is a new status',
  ],
  [
    'an operation is deprecated',
    (d) => Object.assign(list(d), { deprecated: true }),
    'listGrants | is deprecated',
  ],
  [
    'a token may have other scopes too',
    (d) => Object.assign(list(d), { security: [...d.security, { bearer: ['all'] }] }),
    'listGrants | security | [{"bearer":["read"]},{"bearer":["admin"]}] → [{"bearer":["read"]},{"bearer":["admin"]},{"bearer":["all"]}]',
  ],
];

describe('the contract breaks where', () => {
  it.each(BREAKING)('%s', (_, change, difference) => {
    expect(differences(change)).toContain(`breaks | ${difference}`);
  });
});

describe('the contract holds where', () => {
  it.each(FINE)('%s', (_, change, difference) => {
    expect(differences(change)).toEqual([`fine | ${difference}`]);
  });
});

it('wording, examples, the order of things and unused schemas are no difference', () => {
  const change = (d: Loose) => {
    list(d).description = 'In other words.';
    limit(d).example = 7;
    grant(d).properties.id.description = 'What it is called.';
    list(d).parameters.reverse();
    list(d).parameters[0].name = 'x-proof';
    d.components.schemas.Unused = {};
  };
  expect(differences(change)).toEqual([]);
});
