import {
  isGrant,
  isList,
  isSearch,
  type Mutant,
  onErrors,
  onFirst,
  onList,
  onQuery,
  type Tokens,
} from './faults.ts';
import { LIST_MUTANTS } from './list-mutants.ts';
import { OTHER_MUTANTS } from './other-mutants.ts';
import { readerMutants } from './reader-mutants.ts';
import { readingMutants } from './reading-mutants.ts';
import { revocationMutants } from './revocation-mutants.ts';
import { writingMutants } from './writing-mutants.ts';

/**
 * All mutants. The first ones write, and want what there is at first; the last ones read what these left.
 *
 * @param tokens what the proxy puts in where a server forgets to look
 */
export function mutantsWith(tokens: Tokens & { verificationId: string }): Mutant[] {
  return [
    ...writingMutants(tokens),
    ...revocationMutants(tokens),
    ...mutantsOfAnswers(tokens),
    ...readerMutants(tokens),
    ...readingMutants(tokens),
  ];
}

function mutantsOfAnswers(tokens: { own: string; other: string; verificationId: string }): Mutant[] {
  return [
    {
      name: 'leaves a required field out',
      found: /must have required property 'granted_at'/,
      ...onFirst((grant) => delete grant.granted_at),
    },
    {
      name: 'sends a number as text',
      found: /\/grants\/0\/token_count must be integer/,
      ...onFirst((grant) => Object.assign(grant, { token_count: '1' })),
    },
    {
      name: 'sends null where no null is allowed',
      found: /\/grants\/0\/user_name must be string/,
      ...onFirst((grant) => Object.assign(grant, { user_name: null })),
    },
    {
      name: 'sends a date that is not ISO 8601',
      found: /\/grants\/0\/granted_at must match format/,
      ...onFirst((grant) => Object.assign(grant, { granted_at: 'Wed, 22 Apr 2026 07:12:11 GMT' })),
    },
    {
      name: 'has a status of its own',
      found: /\/grants\/0\/status must be equal to one of the allowed values/,
      ...onFirst((grant) => Object.assign(grant, { status: 'paused' })),
    },
    {
      name: 'adds a field where no other is allowed',
      found: /a field that its document does not name: \/grants\/0\/_id/,
      ...onFirst((grant) => Object.assign(grant, { _id: 7 })),
    },
    {
      name: 'says 202',
      found: /an undocumented 202/,
      onAnswer(given, sent) {
        if (isGrant(sent) && given.status === 200) given.status = 202;
      },
    },
    {
      name: 'forgets X-Request-Id',
      found: /a 200 without X-Request-Id/,
      onAnswer: ({ headers }) => headers.delete('x-request-id'),
    },
    {
      name: 'sends another content type',
      found: /a 200 of type text\/plain/,
      onAnswer: ({ headers }) => headers.set('content-type', 'text/plain'),
    },
    {
      name: 'sends errors in the shape of another document',
      found: /a 401 in another shape than the document's/,
      ...onErrors((given) => {
        given.body = { error: 'unauthorized', message: 'No.' };
      }),
    },
    {
      name: 'sends errors as a page',
      found: /a 401 of type text\/html/,
      ...onErrors((given) => {
        given.headers.set('content-type', 'text/html');
        given.body = '<!doctype html><title>Error</title>';
      }),
    },
    {
      name: 'says 500 for bad input',
      found: /listOAuthGrants: a 500/,
      ...onErrors((given) => {
        if (given.status === 400) Object.assign(given, { status: 500, body: { ...given.body, status: 500 } });
      }),
    },
    {
      name: 'sends more grants than asked for',
      found: /a list with more grants than its limit/,
      ...onList(({ body }) => body.grants.push(...Array(body.limit).fill(body.grants[0]))),
    },
    {
      name: 'gives the same cursor twice',
      found: /a next_cursor that an earlier page had/,
      ...onList(({ body }, { url }) => {
        const cursor = url.searchParams.get('cursor');
        if (cursor && cursor !== 'first') body.next_cursor = cursor;
      }),
    },
    {
      name: 'counts one grant too many',
      found:
        /another number of grants than its total_count and limit say|a total_count that is not the number/,
      ...onList(({ body }) => {
        body.total_count += 1;
      }),
    },
    {
      name: 'ignores a filter',
      found: /a list that ignores its filter client_id|grants for a client_id that none has/,
      options: { only: /a list has the grants that/ },
      ...onQuery((query) => query.delete('client_id')),
    },
    {
      name: 'ignores the sorting',
      found: /a list that is not sorted by/,
      options: { only: /a list is sorted/ },
      ...onQuery((query) => query.delete('sort_order')),
    },
    {
      name: 'ignores what no document names',
      found: /a 200 for contract_tests=1/,
      ...onQuery((query) => query.delete('contract_tests')),
    },
    {
      name: 'takes any limit',
      found: /a 200 for limit=1001/,
      ...onQuery((query) => {
        if (Number(query.get('limit')) > 1_000) query.set('limit', '1000');
      }),
    },
    {
      name: 'answers without a token',
      found: /a 200 for no token/,
      onRequest({ headers }) {
        if (!headers.has('authorization')) headers.set('authorization', `Bearer ${tokens.own}`);
      },
    },
    {
      name: 'shows the grants of another account',
      found: /a 200 for a grant of another account/,
      onRequest(sent) {
        const id = Buffer.from(sent.url.pathname.split('/').at(-1) ?? '', 'base64url').toString();
        const payload = JSON.parse(Buffer.from(tokens.other.split('.')[1] ?? '', 'base64url').toString());
        const isTheirs = isGrant(sent) && id.includes(payload.account_id);
        if (isTheirs) sent.headers.set('authorization', `Bearer ${tokens.other}`);
      },
    },
    {
      name: 'lists revoked grants as active',
      found: /total_count is \d+, and those of the statuses make \d+/,
      onRequest(sent) {
        if (isList(sent) && (sent.url.searchParams.get('status') ?? 'active') === 'active') {
          sent.url.searchParams.set('status', 'all');
          sent.headers.set('x-changed', 'true');
        }
      },
      onAnswer({ status, body }, { headers }) {
        if (status !== 200 || !headers.has('x-changed')) return;
        for (const grant of body.grants) grant.status = 'active';
      },
    },
    {
      name: 'reads a grant in another way than it lists it',
      found: /a grant that differs from its list entry in client_name/,
      onAnswer({ status, body }, sent) {
        if (isGrant(sent) && status === 200) body.client_name += '!';
      },
    },
    {
      name: 'says that it has revoked, and has not',
      found: /step read-first: a 200 that breaks \$response\.body#\/status == 'revoked'/,
      options: { allowWrites: true },
      instead(sent) {
        if (sent.method !== 'POST' || !sent.url.pathname.endsWith('/revoke')) return undefined;
        const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': 'none' });
        return { status: 200, headers, body: { revoked_tokens: 2, revoked_consents: 0 } };
      },
    },
    {
      name: 'finds nobody by name',
      found: /searchOAuthGrants: no user for a user_name that a grant has/,
      options: { allowWrites: true, only: /a search/ },
      onAnswer({ status, body }, { url }) {
        if (isSearch(url) && status === 200) body.users = body.users.slice(1);
      },
    },
    {
      name: 'finds somebody who has no grant',
      found: /searchOAuthGrants: a user without a grant/,
      options: { allowWrites: true, only: /a search/ },
      onAnswer({ status, body }, { url }) {
        if (isSearch(url) && status === 200) body.users.unshift({ user_id: 'nobody' });
      },
    },
    {
      name: 'finds apps by what is not in their name',
      found: /searchOAuthGrants: a client for words that none has/,
      options: { allowWrites: true, only: /a search/ },
      onAnswer({ status, body }, { url }) {
        if (isSearch(url) && status === 200) body.clients = [{ client_id: 'a', client_name: 'A' }];
      },
    },
    {
      name: 'sends no flag in Me grants',
      found: /listMeGrants: .*must have required property 'is_first_party'/,
      options: { documents: ['me-grants'] },
      onAnswer({ status, body }) {
        if (status === 200) for (const grant of body.data) delete grant.is_first_party;
      },
    },
    {
      name: 'takes any verification record',
      found: /a 200 for an unknown verification record/,
      options: { documents: ['account-grants'] },
      onRequest: ({ headers }) => headers.set('logto-verification-id', tokens.verificationId),
    },
    {
      name: 'ignores the pages of resources',
      found: /another page 1 than the whole list has there/,
      options: { documents: ['user-consent-scopes'] },
      onRequest({ url }) {
        if (url.pathname === '/api/resources') url.search = '';
      },
    },
    {
      name: 'invents applications',
      found: /a 200 for an unknown application/,
      options: { documents: ['user-consent-scopes'] },
      onAnswer(given) {
        if (given.status !== 404) return;
        const none: unknown[] = [];
        const body = { organizationScopes: none, resourceScopes: none, organizationResourceScopes: none };
        Object.assign(given, { status: 200, body: { ...body, userScopes: none } });
      },
    },
    ...LIST_MUTANTS,
    ...OTHER_MUTANTS,
  ];
}
