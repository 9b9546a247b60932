import { isUsedSince } from '../answers/grant-page.ts';
import type { Grant } from './grants.ts';

/** The filters of a bulk revocation, its status and moment among them. */
export interface Filters extends Record<string, unknown> {
  status?: string;
  unused_since?: string;
}

export interface Matching {
  filters: Filters;
}

/** Pairs of filters; those that say least of whose a grant is come first. */
const PAIRS = [
  ['client_id', 'resource'],
  ['project_id', 'client_id'],
  ['resource', 'project_id'],
  ['client_id', 'user_id'],
  ['user_id', 'resource'],
] as const;
/** A revocation takes away what later checks may want. */
const MAX_REVOKED = 4;

/** Whether a grant matches filters, as the document says it; only active ones if there is no status. */
export function matches(grant: Grant, { status = 'active', unused_since, ...filters }: Filters): boolean {
  const isOfStatus = status === 'all' || grant.status === status;
  const isUnused = unused_since === undefined || !isUsedSince(grant, Date.parse(unused_since));
  return isOfStatus && isUnused && Object.entries(filters).every(([name, value]) => grant[name] === value);
}

/**
 * Chooses filters that match a few of the grants that a caller sees, and each of which keeps others from being matched.
 *
 * @param all the grants of the account, so that some match which the caller does not see
 * @returns undefined if nothing matches
 */
export function chooseFilters(
  visible: Grant[],
  { status, isUnused, all }: { status: string | undefined; isUnused: boolean; all: Grant[] },
): Matching | undefined {
  const moments = isUnused ? momentsIn(visible) : [undefined];
  const candidates = visible
    .filter((grant) => matches(grant, { ...(status === undefined ? {} : { status }) }))
    .slice(0, MAX_CANDIDATES)
    .flatMap((grant) =>
      PAIRS.flatMap((names) =>
        moments.map(
          (unused_since): Filters => ({
            ...Object.fromEntries(names.map((name) => [name, grant[name]])),
            ...(status === undefined ? {} : { status }),
            ...(unused_since === undefined ? {} : { unused_since }),
          }),
        ),
      ),
    );
  const scored = candidates.map((filters) => ({ filters, score: scoreOf(filters, visible, all) }));
  const best = scored.toSorted((one, other) => other.score - one.score)[0];
  return best && best.score > 0 ? { filters: best.filters } : undefined;
}

const MAX_CANDIDATES = 60;

/** How much a revocation would show; 0 if it reaches nothing, or too much. */
function scoreOf(filters: Filters, visible: Grant[], all: Grant[]): number {
  const matching = visible.filter((grant) => matches(grant, filters));
  const lost = matching.filter(({ status }) => status !== 'revoked').length;
  if (matching.length === 0 || lost > MAX_REVOKED || Object.values(filters).includes('')) return 0;
  const narrowing = Object.keys(filters).filter((name) => {
    const rest: Filters = { ...filters };
    delete rest[name];
    const wider = name === 'status' ? { ...rest, status: 'all' } : rest;
    return visible.filter((grant) => matches(grant, wider)).length > matching.length;
  });
  const unseen = all.filter((grant) => matches(grant, filters)).length > matching.length;
  const statuses = new Set(matching.map(({ status }) => status));
  // Fewer lose a token in the end, the better.
  return 1 + narrowing.length + (unseen ? 2 : 0) + statuses.size + (1 - lost / (MAX_REVOKED + 1));
}

/** Moments that part those used since from the others. */
function momentsIn(grants: Grant[]): string[] {
  const times = grants.flatMap(({ last_used_at }) =>
    typeof last_used_at === 'string' ? [last_used_at] : [],
  );
  const sorted = times.toSorted((one, other) => Date.parse(one) - Date.parse(other));
  return [0.25, 0.5, 0.75].flatMap((part) => sorted.slice(Math.floor(sorted.length * part)).slice(0, 1));
}
