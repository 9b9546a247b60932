import { FILTERS } from '../answers/grant-page.ts';
import { READERS } from './callers.ts';
import type { Check } from './check.ts';
import { expectMatching, isMatching, momentsIn, valuesToFilterBy } from './grant-filters.ts';
import { type GrantQuery, readAll } from './grant-pages.ts';
import type { Grant } from './grants.ts';

/** How many values of one filter are considered. */
const MAX_VALUES = 20;
const ALL = { status: 'all' };

/**
 * Rules of OAuth Grants about filters beside each other, for everybody who reads. Values of one grant do not show that a
 * filter is forgotten where what has one of them has the others too, such as a client whose grants are for one resource.
 */
export const FILTERS_TOGETHER_CHECKS: Check[] = READERS.map(({ who, isAdmin, asOf }) => ({
  document: 'oauth-grants',
  name: `no filter is forgotten beside others in the list of ${who}`,
  async run(test, context) {
    const { client } = context;
    const as = asOf(test, context);
    const all = await readAll(test, client, as);
    const { grants, total } = all;
    if (grants.length === 0) test.skip(`there is no grant that ${who} sees`);
    const alone = Object.entries(valuesToFilterBy(grants)).map(([name, value]) => ({
      ...ALL,
      [name]: value,
    }));
    // The account admin's are compared elsewhere.
    const queries = [...(isAdmin ? [] : alone), ...partingPairs(grants), ...allButOne(grants)];
    await expectMatching(test, client, queries, { all, as });
    if (grants.length < total) test.skip(`filters were compared with ${grants.length} of ${total} grants`);
  },
}));

/** For each two filters, values that leave more grants alone than together: the fewest together, and best none. */
function partingPairs(grants: Grant[]): GrantQuery[] {
  const filters = Object.entries(candidates(grants));
  return filters.flatMap(([name, values], index) =>
    filters.slice(index + 1).flatMap(([other, others]) => {
      const parting = values.flatMap((value) => {
        const own = matching(grants, { ...ALL, [name]: value });
        return others.flatMap((second) => {
          const both = matching(own, { ...ALL, [other]: second }).length;
          const query: GrantQuery = { ...ALL, [name]: value, [other]: second };
          const isParting = both < own.length && both < countOf(grants, other, second);
          return isParting ? [{ query, both }] : [];
        });
      });
      const [best] = parting.toSorted((one, two) => one.both - two.both);
      return best ? [best.query] : [];
    }),
  );
}

/** All that one grant has, but for one filter, which it does not match. */
function allButOne(grants: Grant[]): GrantQuery[] {
  const values = valuesToFilterBy(grants);
  const grant = grants.find((one) => isMatching(one, { ...ALL, ...values }));
  if (!grant) return [];
  const base = { ...values, status: String(grant.status) };
  return Object.entries(candidates(grants)).flatMap(([name, others]) => {
    const other = others.find((value) => !isMatching(grant, { ...ALL, [name]: value }));
    return other === undefined ? [] : [{ ...base, [name]: other }];
  });
}

/** Values of each filter that leave some grants and not others. */
function candidates(grants: Grant[]): Record<string, string[]> {
  const texts = [...FILTERS, 'status'].map((name): [string, string[]] => {
    const found = grants.flatMap((grant) => (grant[name] ? [String(grant[name])] : []));
    return [name, [...new Set(found)].slice(0, MAX_VALUES)];
  });
  const firsts = grants.map(({ granted_at }) => String(granted_at)).toSorted();
  const moments = [...momentsIn(grants), ...firsts.slice(1, 2)];
  const dividing = [...texts, ['unused_since', moments] as const].map(([name, values]) => [
    name,
    values.filter((value) => {
      const count = countOf(grants, name, value);
      return count > 0 && count < grants.length;
    }),
  ]);
  return Object.fromEntries(dividing);
}

function matching(grants: Grant[], query: GrantQuery): Grant[] {
  return grants.filter((grant) => isMatching(grant, query));
}

const countOf = (grants: Grant[], name: string, value: string) =>
  matching(grants, { ...ALL, [name]: value }).length;
