import type { RunOptions } from '../src/run.ts';
import type { Fault, Given, Sent } from './faulty-proxy.ts';

/** A server that does one thing wrong. */
export interface Mutant extends Fault {
  name: string;
  /** What must be said of it. */
  found: RegExp;
  /** By default OAuth Grants alone, read. */
  options?: Pick<RunOptions, 'documents' | 'allowWrites' | 'requests' | 'only'>;
}

/** What the proxy puts in where a server forgets to look, and tells callers apart by. */
export interface Tokens {
  own: string;
  other: string;
  person: string;
  projectAdmin: string;
}

export const LIST = '/api/v1/oauth-grants';
export const isList = ({ method, url }: Sent) => method === 'GET' && url.pathname === LIST;
export const isGrant = ({ method, url }: Sent) =>
  method === 'GET' && url.pathname.startsWith(`${LIST}/`) && !url.pathname.endsWith('audit-events');
export const isSearch = ({ pathname }: URL) => pathname === `${LIST}/search`;

export const is = ({ method, url }: Sent, wanted: string, end: string) =>
  method === wanted && url.pathname.endsWith(end);
export const isAudit = (sent: Sent) => is(sent, 'GET', '/audit-events');

/** Whether a request has a token. */
export const isOf = ({ headers }: Sent, token: string) => headers.get('authorization') === `Bearer ${token}`;

/** Sends a request with another token than its own. */
export const sendAs = ({ headers }: Sent, token: string) => headers.set('authorization', `Bearer ${token}`);

/** Changes every list that has a grant. */
export const onList = (change: (given: Given, sent: Sent) => void): Fault => ({
  onAnswer(given, sent) {
    if (isList(sent) && given.status === 200 && given.body.grants.length > 0) change(given, sent);
  },
});
export const onFirst = (change: (grant: Record<string, unknown>) => void): Fault =>
  onList(({ body }) => change(body.grants[0]));
export const onQuery = (change: (query: URLSearchParams) => void): Fault => ({
  onRequest(sent) {
    if (isList(sent)) change(sent.url.searchParams);
  },
});
export const onErrors = (change: (given: Given) => void): Fault => ({
  onAnswer(given) {
    if (given.status >= 400) change(given);
  },
});

/** Runs some cases of OAuth Grants, those that write among them. */
export const writing = (only: RegExp) => ({
  documents: ['oauth-grants' as const],
  allowWrites: true,
  only,
});
export const isRevocation = (sent: Sent) => is(sent, 'POST', '/revoke');
/** Changes every page of audit events. */
export const onEvents = (change: (events: Record<string, unknown>[], given: Given) => void): Fault => ({
  onAnswer(given, sent) {
    if (isAudit(sent) && given.status === 200 && Array.isArray(given.body.events))
      change(given.body.events, given);
  },
});
