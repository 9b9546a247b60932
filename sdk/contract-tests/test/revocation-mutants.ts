import { is, isOf, isRevocation, type Mutant, onEvents, sendAs, type Tokens, writing } from './faults.ts';

const DELETES_OWN = { documents: ['oauth-grants' as const, 'me-grants' as const], allowWrites: true };

/** Servers that break rules about what a write reaches, who may ask for it, and how it is counted. */
export function revocationMutants({ own, person, projectAdmin }: Tokens): Mutant[] {
  const refused = new Set<string>();
  return [
    {
      name: 'spares expired grants where all are to be revoked',
      found: /a grant that matches, was expired and is expired/,
      options: writing(/with status all, by an account admin/),
      onRequest(sent) {
        if (isRevocation(sent) && !sent.body.includes('dry_run'))
          sent.body = sent.body.replace('"status":"all"', '"status":"active"');
      },
    },
    {
      name: 'ignores a filter of a revocation',
      found: /a grant that does not match, was \w+ and is revoked/,
      options: writing(/with status expired, by an account admin/),
      onRequest(sent) {
        if (isRevocation(sent) && sent.body.includes('"status":"expired"'))
          sent.body = sent.body.replace(/"(client_id|project_id|user_id|resource)":"[^"]*",/, '');
      },
    },
    {
      name: 'names the first id, whichever is wrong',
      found: /errors that do not name just the ids that are wrong/,
      options: writing(/errors name the ids/),
      onAnswer({ body }, sent) {
        if (!isRevocation(sent) || !body.errors) return;
        for (const error of body.errors) error.field = '/grant_ids/0';
      },
    },
    {
      name: "says of another user's preview that it is another's",
      found: /a 403 for another user's preview_token/,
      options: writing(/a preview is executed by/),
      onAnswer(given, sent) {
        if (!isRevocation(sent) || given.status !== 400) return;
        const type = 'urn:grantkeeper:problem:forbidden';
        Object.assign(given, { status: 403, body: { ...given.body, type, status: 403 } });
      },
    },
    {
      name: 'keeps more than ten previews',
      found: /a 200 for a preview before 10 others/,
      options: writing(/ten previews/),
      onAnswer(given, sent) {
        if (!isRevocation(sent) || given.status !== 410) return;
        given.headers.set('content-type', 'application/json');
        Object.assign(given, { status: 200, body: { revoked_tokens: 0, revoked_consents: 0 } });
      },
    },
    {
      name: 'keeps the key of a request that it refused',
      found: /suspendOAuthGrant: a 422 with an Idempotency-Key/,
      options: writing(/suspendOAuthGrant: /),
      onAnswer(given, { headers }) {
        const key = headers.get('idempotency-key');
        if (key === null) return;
        if (refused.has(key)) {
          const type = 'urn:grantkeeper:problem:idempotency-key-reused';
          given.headers.set('content-type', 'application/problem+json');
          const body = { type, title: 'Reused', status: 422, request_id: given.headers.get('x-request-id') };
          Object.assign(given, { status: 422, body });
        } else if (given.status >= 400) refused.add(key);
      },
    },
    {
      name: 'lets a project admin restore what the account admin suspended',
      found: /a 204 for what somebody with a wider permission suspended/,
      options: writing(/a project admin cannot restore/),
      onRequest: (sent) => is(sent, 'POST', '/restore') && isOf(sent, projectAdmin) && sendAs(sent, own),
    },
    {
      name: 'counts what a person takes back otherwise than it is',
      found: /an event of a revoke with another value in revoked_tokens than its request has/,
      options: { ...DELETES_OWN, only: /revokeMeGrant: / },
      ...onEvents((events) => {
        for (const event of events)
          if (event.operation === 'revokeMeGrant') event.revoked_tokens = Number(event.revoked_tokens) + 1;
      }),
    },
    {
      name: 'lets any app take back grants',
      found: /a 204 for a token of an app that is not registered/,
      options: { ...DELETES_OWN, documents: ['me-grants'], only: /every app lists/ },
      onRequest: (sent) => sent.method === 'DELETE' && sendAs(sent, person),
    },
    {
      name: 'removes a scope from another list than it was asked for',
      found: /removeUserConsentScope: resourceScopes that are not those before/,
      options: {
        documents: ['me-grants', 'user-consent-scopes'],
        allowWrites: true,
        only: /one list|a person sees their own/,
      },
      onRequest({ method, url }) {
        if (method === 'DELETE')
          url.pathname = url.pathname.replace('/organization-resource-scopes/', '/resource-scopes/');
      },
    },
  ];
}
