import { isDeepStrictEqual } from 'node:util';
import { isObject, jsonOf, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';

/** What a grant's id encodes, besides its scopes. */
const TEXTS = ['client_id', 'user_id', 'account_id', 'project_id', 'resource'];
/** By how much the clocks of one service may differ, in milliseconds. */
const CLOCKS = 60_000;

type Grant = Record<string, unknown>;

/** What is wrong with the grants of an answer, whichever operation of OAuth Grants shows them, beyond their schema. */
export function grantValueFaults({ operation }: Reading, { status, headers, body }: RawResponse): string[] {
  if (operation?.document !== 'oauth-grants' || status !== 200) return [];
  const answer = jsonOf(body);
  if (!isObject(answer)) return [];
  const lists = [answer.grants, answer.sample].flatMap((list) => (Array.isArray(list) ? list : []));
  const grants = [...lists, answer].filter(isObject).filter((one) => 'grant_id' in one);
  return [...new Set(grants.flatMap((grant) => [...identityFaults(grant), ...timeFaults(grant, headers)]))];
}

/** The values that an id of a grant is made of, which are in it in base64url; empty if it is something else. */
export function valuesIn(id: string): Record<string, unknown> {
  const values = jsonOf(Buffer.from(id, 'base64url').toString());
  return isObject(values) ? values : {};
}

/** Whether a moment had passed when an answer was sent, by the clock of its server; not if that says no time. */
export function hasPassed(moment: unknown, headers: RawResponse['headers']): boolean {
  const sent = Date.parse(headers.get('date') ?? '');
  return typeof moment === 'string' && Date.parse(moment) < sent - CLOCKS;
}

function identityFaults(grant: Grant): string[] {
  const { grant_id, scope } = grant;
  const values = valuesIn(String(grant_id));
  const isEncoded =
    TEXTS.every((name) => values[name] === grant[name]) && isDeepStrictEqual(values.scope, scope);
  const found = isEncoded ? [] : ['a grant_id that does not encode its six values'];
  const scopes = Array.isArray(scope) ? scope.map(String) : [];
  // By their characters, or as a person would.
  const orders = [scopes.toSorted(), scopes.toSorted((one, other) => one.localeCompare(other))];
  if (!orders.some((order) => isDeepStrictEqual(order, scopes))) found.push('a scope that is not sorted');
  return found;
}

function timeFaults(
  { status, expires_at, suspended_until }: Grant,
  headers: RawResponse['headers'],
): string[] {
  const found =
    status === 'active' && hasPassed(expires_at, headers) ? ['an active grant that has expired'] : [];
  return hasPassed(suspended_until, headers) ? [...found, 'a suspension that is over'] : found;
}
