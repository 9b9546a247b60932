import { isObject, jsonOf, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';

/** What an access token says of its holder. */
export interface Claims {
  sub?: unknown;
  account_id?: unknown;
  project_id?: unknown;
  permissions?: unknown;
}

const DEFAULT_LIMIT = 100;
/** Parameters that narrow a list to the grants which have that value. */
export const FILTERS = ['account_id', 'client_id', 'user_id', 'project_id', 'resource'] as const;

/**
 * What is wrong with a page of OAuth grants beyond its schema: its limit, filters, extensions, and who may see what.
 *
 * @param claims those of the token; undefined if they are not known, as for a token that is no JWT
 */
export function grantPageFaults(
  reading: Reading,
  response: RawResponse,
  claims: Claims | undefined,
): string[] {
  if (reading.operation?.operationId !== 'listOAuthGrants' || response.status !== 200) return [];
  const page = jsonOf(response.body);
  if (!isObject(page) || !Array.isArray(page.grants)) return [];
  const grants = page.grants.filter(isObject);
  return [
    ...limitFaults(reading, page, grants.length),
    ...(reading.verdict === 'allowed' ? filterFaults(reading, grants) : []),
    ...extensionFaults(reading, page, grants),
    ...(claims ? visibilityFaults(grants, claims) : []),
  ];
}

/** Fields that a token limits, by its widest permission ("Who may see what" in the document). */
export function visibleTo({ sub, account_id, project_id, permissions }: Claims): Record<string, unknown> {
  const has = (permission: string) => Array.isArray(permissions) && permissions.includes(permission);
  if (has('account:admin')) return { account_id };
  return has('project:admin') ? { account_id, project_id } : { account_id, user_id: sub };
}

function limitFaults({ query, verdict }: Reading, page: Record<string, unknown>, count: number): string[] {
  if (verdict !== 'allowed') return [];
  const limit = Number(query.get('limit') ?? DEFAULT_LIMIT);
  const found = count > limit ? ['a list with more grants than its limit'] : [];
  if (page.limit !== limit) found.push('a list with another limit than the one asked for');
  const cursor = query.get('cursor');
  const offset = cursor !== undefined && cursor !== 'first' ? 0 : Number(query.get('offset') ?? 0);
  if (page.offset !== offset) found.push('a list with another offset than the one asked for');
  const left = Math.max(0, Number(page.total_count) - offset);
  if (cursor === undefined && count <= limit && count !== Math.min(limit, left)) {
    found.push('a list with another number of grants than its total_count and limit say');
  }
  return found;
}

function filterFaults({ query }: Reading, grants: Record<string, unknown>[]): string[] {
  const status = query.get('status') ?? 'active';
  const found = FILTERS.filter((name) => query.has(name)).flatMap((name) =>
    grants.some((grant) => grant[name] !== query.get(name)) ? [`a list that ignores its filter ${name}`] : [],
  );
  const since = query.get('unused_since');
  if (since !== undefined && grants.some((grant) => isUsedSince(grant, Date.parse(since))))
    found.push('a list that ignores its filter unused_since');
  const isIgnored = status !== 'all' && grants.some((grant) => grant.status !== status);
  return isIgnored ? [...found, 'a list with a grant of another status'] : found;
}

/** By the definition of `unused_since` in the document. */
export function isUsedSince({ granted_at, last_used_at }: Record<string, unknown>, since: number): boolean {
  return [granted_at, last_used_at].some((at) => typeof at === 'string' && Date.parse(at) >= since);
}

function extensionFaults(
  { query }: Reading,
  page: Record<string, unknown>,
  grants: Record<string, unknown>[],
): string[] {
  const found = !query.has('cursor') && 'next_cursor' in page ? ['a next_cursor that nobody asked for'] : [];
  const unasked = [
    ['include_suspension', 'suspended_until'],
    ['include_project_name', 'project_name'],
  ].filter(
    ([parameter = '', field = '']) =>
      query.get(parameter) !== 'true' && grants.some((grant) => field in grant),
  );
  return [...found, ...unasked.map(([, field]) => `a ${field} that nobody asked for`)];
}

function visibilityFaults(grants: Record<string, unknown>[], claims: Claims): string[] {
  const visible = Object.entries(visibleTo(claims));
  const stranger = grants.find((grant) => visible.some(([name, value]) => grant[name] !== value));
  return stranger ? ['a list with a grant that the token may not see'] : [];
}
