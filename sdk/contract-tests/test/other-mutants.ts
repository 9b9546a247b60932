import { isSearch, type Mutant } from './faults.ts';
import type { Given, Sent } from './faulty-proxy.ts';

const SEARCHES: Mutant['options'] = { allowWrites: true, only: /search/ };
const SCOPES: Mutant['options'] = { documents: ['user-consent-scopes'] };
/** Me grants shows applications to assign to. */
const ASSIGNING: Mutant['options'] = { documents: ['me-grants', 'user-consent-scopes'], allowWrites: true };
const isResources = ({ url }: Sent) => url.pathname === '/api/resources';
const isAssignment = ({ method, url }: Sent) =>
  method === 'POST' && url.pathname.startsWith('/api/applications/');

/** A client that a search has found before. */
let known: unknown;

function changeLinks({ headers }: Given, change: (links: string) => string): void {
  const links = headers.get('link');
  if (links !== null) headers.set('link', change(links));
}

/** Faults in searches, in lists of scopes and their assignment, and in the order of refusals. */
export const OTHER_MUTANTS: Mutant[] = [
  {
    name: 'finds apps by any of the words',
    found: /searchOAuthGrants: a client without every word of the query/,
    options: SEARCHES,
    onAnswer({ status, body }, { url }) {
      if (!isSearch(url) || status !== 200) return;
      if (body.clients.length === 0 && known !== undefined) body.clients.push(known);
      known = body.clients[0];
    },
  },
  {
    name: 'finds the best match last',
    found: /searchOAuthGrants: a user after one that matches worse, or has a later name/,
    options: SEARCHES,
    onAnswer({ status, body }, { url }) {
      if (isSearch(url) && status === 200) body.users.reverse();
    },
  },
  {
    name: 'finds fewer than match',
    found: /searchOAuthGrants: no client that has every word of the query/,
    options: SEARCHES,
    onAnswer({ status, body }, { url }) {
      if (isSearch(url) && status === 200 && body.clients.length > 1) body.clients.pop();
    },
  },
  {
    name: 'finds others with a lower limit',
    found: /searchOAuthGrants: other clients than the first of a longer result/,
    options: SEARCHES,
    onAnswer({ status, body }, { url }) {
      if (isSearch(url) && status === 200 && body.clients.length <= 2) body.clients.reverse();
    },
  },
  {
    name: 'links to a page after the last',
    found: /listResources: a link to another page: rel="last"/,
    options: SCOPES,
    onAnswer(given) {
      changeLinks(given, (links) =>
        links.replace(/page=(\d+)(?=>; rel="last")/, (_, page) => `page=${Number(page) + 1}`),
      );
    },
  },
  {
    name: 'links to the same list without its scopes',
    found: /listResources: a link that loses a parameter: rel="next"/,
    options: SCOPES,
    onAnswer(given) {
      changeLinks(given, (links) => links.replaceAll('includeScopes=true&', ''));
    },
  },
  {
    name: 'has no link back',
    found: /listOrganizationScopes: no link: rel="prev"/,
    options: SCOPES,
    onAnswer(given) {
      changeLinks(given, (links) => links.replace(/, <[^>]*>; rel="prev"/, ''));
    },
  },
  {
    name: 'counts one page for all',
    found: /listOrganizationScopes: another Total-Number than the list has/,
    options: SCOPES,
    onAnswer({ headers, body }) {
      if (headers.has('total-number')) headers.set('total-number', `${body.length}`);
    },
  },
  {
    name: 'sorts resources the other way',
    found: /listResources: a list that is not sorted by id/,
    options: SCOPES,
    onAnswer({ status, body }, sent) {
      if (isResources(sent) && status === 200) body.reverse();
    },
  },
  {
    name: 'sorts the scopes of a resource the other way',
    found: /listResources: scopes that are not sorted by name/,
    options: SCOPES,
    onAnswer({ status, body }, sent) {
      if (!isResources(sent) || status !== 200) return;
      for (const { scopes = [] } of body) scopes.reverse();
    },
  },
  {
    name: 'has scopes of resources unasked',
    found: /listResources: scopes that nobody asked for/,
    options: SCOPES,
    onRequest(sent) {
      if (isResources(sent)) sent.url.searchParams.set('includeScopes', 'true');
    },
  },
  {
    name: 'assigns scopes that do not exist',
    found: /assignUserConsentScopes: a 201 for an unknown id in resourceScopes/,
    options: ASSIGNING,
    onAnswer(given, sent) {
      if (!isAssignment(sent) || given.body.code !== 'application.user_consent_scopes_not_found') return;
      given.headers.delete('content-type');
      Object.assign(given, { status: 201, body: '' });
    },
  },
  {
    name: 'does not say which scopes do not exist',
    found: /assignUserConsentScopes: an error that does not name the unknown id in resourceScopes alone/,
    options: ASSIGNING,
    onAnswer({ status, body }, sent) {
      if (isAssignment(sent) && status === 422 && body.data) body.data.invalidResourceScopes = [];
    },
  },
  {
    name: 'looks at scopes before the application',
    found: /assignUserConsentScopes: a 422 .* for an unknown application and an unknown id/,
    options: ASSIGNING,
    onAnswer(given, sent) {
      if (!isAssignment(sent) || given.status !== 404) return;
      const code = 'application.user_consent_scopes_not_found';
      Object.assign(given, { status: 422, body: { ...given.body, code } });
    },
  },
  {
    name: 'looks at the scope of a token before the verification record',
    found: /a 401 auth.unauthorized for no verification record and a token without the scope/,
    options: { documents: ['account-grants'] },
    onAnswer({ body }) {
      if (body.code === 'verification_record.permission_denied') body.code = 'auth.unauthorized';
    },
  },
];
