import { GRANT_SORT_FIELDS } from '../../server/src/grants/read-model/ordering.ts';
import { GRANT_STATUSES } from '../../server/src/grants/rows/grouping.ts';
import { COMMON } from './rows.ts';

export type Query = Record<string, string>;

/** By each filter, a value that many grants have: with the last, those of half a month ago. */
const FOUND = { ...COMMON, unused_since: new Date(Date.now() - 15 * 86_400_000).toISOString() };
type Name = keyof typeof FOUND;

const STATUSES = [...GRANT_STATUSES, 'all'];
const NAMES: Name[] = ['account_id', 'project_id', 'user_id', 'client_id', 'resource', 'unused_since'];
/** Matches no grant: when a filter finds nothing, the database runs every plan to its end. */
const NOTHING = 'nothing';
const EARLIER_THAN_ALL = '2000-01-01T00:00:00.000Z';

/**
 * No filter, each alone, and each pair: with values that many grants have, then with one that none has. Another account
 * than one's own is a 403.
 */
export function everyFilter(): Query[] {
  const pairs = NAMES.flatMap((one, index) => NAMES.slice(index + 1).map((other) => [one, other]));
  const chosen = [...NAMES.map((name) => [name]), ...pairs];
  const finding = chosen.map((names) => Object.fromEntries(names.map((name) => [name, FOUND[name]])));
  const notFinding = finding
    .map((filter) => {
      const last = Object.keys(filter).at(-1) ?? '';
      return { ...filter, [last]: last === 'unused_since' ? EARLIER_THAN_ALL : NOTHING };
    })
    .filter((filter) => filter.account_id !== NOTHING);
  return [{}, ...finding, ...notFinding];
}

/** Each filter with each status, as bulk revocations accept them. The last revokes everything. */
export function everyChoice(): Query[] {
  const filters = everyFilter()
    .filter((filter) => Object.keys(filter).some((name) => name !== 'unused_since'))
    .toSorted((one, other) => Object.keys(other).length - Object.keys(one).length);
  return filters.flatMap((filter) => STATUSES.map((status) => ({ ...filter, status })));
}

/** Each filter with each status and each sort order. */
export function everyList(): Query[] {
  const sortings = GRANT_SORT_FIELDS.flatMap((sort_by) =>
    ['asc', 'desc'].map((sort_order) => ({ sort_by, sort_order })),
  );
  return everyFilter().flatMap((filter) =>
    STATUSES.flatMap((status) => sortings.map((sorting) => ({ ...filter, status, ...sorting }))),
  );
}
