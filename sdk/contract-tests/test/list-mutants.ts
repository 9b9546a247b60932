import { isGrant, isList, type Mutant, onList } from './faults.ts';

const SORTED = { only: /a list is sorted/ };
const FILTERED = { only: /a list has the grants that/ };
const CURSORS = { only: /a cursor|the first page/ };
const FIELDS = { only: /a grant reads|a suspended grant/ };

/** Faults in lists of OAuth grants: their order, filters, cursors and fields. */
export const LIST_MUTANTS: Mutant[] = [
  {
    name: 'sorts names by their case',
    found: /a list that is not sorted by client_name/,
    options: SORTED,
    ...onList(({ body }, { url }) => {
      if (url.searchParams.get('sort_by') !== 'client_name') return;
      const { grants } = body;
      grants.sort((one: { client_name: string }, other: { client_name: string }) =>
        one.client_name > other.client_name ? 1 : -1,
      );
      if (url.searchParams.get('sort_order') === 'desc') grants.reverse();
    }),
  },
  {
    name: 'lists grants that were never used first',
    found: /a list by last_used_at asc that has grants without it before others/,
    options: SORTED,
    ...onList(({ body }, { url }) => {
      if (url.searchParams.get('sort_by') === 'last_used_at') body.grants.reverse();
    }),
  },
  {
    name: 'loses a grant where a page ends amid equal ones',
    found: /other grants by cursor than by offset, sorted by status/,
    options: SORTED,
    ...onList(({ body }, { url }) => {
      const isLater = !['first', null].includes(url.searchParams.get('cursor'));
      if (isLater && url.searchParams.get('sort_by') === 'status') body.grants.shift();
    }),
  },
  {
    name: 'takes grants that were never used for used ones',
    found: /another total_count than the grants that match \(filters: unused_since/,
    options: FILTERED,
    ...onList(({ body }, { url }) => {
      if (!url.searchParams.has('unused_since')) return;
      body.grants = body.grants.filter((grant: object) => 'last_used_at' in grant);
      body.total_count = body.grants.length;
    }),
  },
  {
    name: 'lists a grant twice in place of another that matches',
    found: /other grants than those that match \(filters: unused_since/,
    options: FILTERED,
    ...onList(({ body }, { url }) => {
      if (url.searchParams.has('unused_since')) body.grants[0] = body.grants.at(-1);
    }),
  },
  {
    name: 'takes a cursor of another list',
    found: /a 200 for a cursor of another list: status[\s\S]*a 200 for a cursor of another list: sort_order/,
    options: CURSORS,
    onAnswer(given, sent) {
      if (given.status !== 400 || !isList(sent) || !sent.url.searchParams.has('cursor')) return;
      given.headers.set('content-type', 'application/json');
      Object.assign(given, { status: 200, body: { grants: [], total_count: 0, limit: 100, offset: 0 } });
    },
  },
  {
    name: 'begins every list by cursor at its first grant',
    found: /another page with cursor=first than without, at an offset/,
    options: CURSORS,
    onRequest({ url: { searchParams }, headers }) {
      const offset = searchParams.get('offset');
      if (searchParams.get('cursor') !== 'first' || offset === null) return;
      searchParams.delete('offset');
      headers.set('x-offset', offset);
    },
    onAnswer({ body }, { headers }) {
      if (headers.has('x-offset')) body.offset = Number(headers.get('x-offset'));
    },
  },
  {
    name: 'gives a cursor with the last page',
    found: /a next_cursor on the last page/,
    options: CURSORS,
    ...onList(({ body }, { url }) => {
      if (url.searchParams.has('cursor')) body.next_cursor ??= 'none';
    }),
  },
  {
    name: 'reads a grant without the name of its project',
    found: /a grant that differs from its list entry in project_name/,
    options: FIELDS,
    onAnswer({ body }, sent) {
      if (isGrant(sent)) delete body.project_name;
    },
  },
  {
    name: 'changes other fields than it was asked for',
    found: /a grant that differs in client_name by \{"include_project_name":true\}/,
    options: FIELDS,
    onAnswer({ status, body }, sent) {
      if (status !== 200 || sent.url.searchParams.get('include_project_name') !== 'true') return;
      const grants = isList(sent) ? body.grants : isGrant(sent) ? [body] : [];
      for (const grant of grants) grant.client_name += '!';
    },
  },
  {
    name: 'has one field or the other, but not both',
    found: /a grant without project_name, which was asked for beside other fields/,
    options: { ...FIELDS, allowWrites: true },
    onRequest({ url: { searchParams } }) {
      const areBoth = ['include_suspension', 'include_project_name'].every(
        (name) => searchParams.get(name) === 'true',
      );
      if (areBoth) searchParams.delete('include_project_name');
    },
  },
  {
    name: 'lists suspended grants as others',
    found: /a grant that differs from its list entry in suspended_until/,
    options: { ...FIELDS, allowWrites: true },
    ...onList(({ body }) => {
      for (const grant of body.grants) delete grant.suspended_until;
    }),
  },
  {
    name: 'says of a suspended grant that it is until another moment',
    found: /another suspended_until than the suspension said/,
    options: { ...FIELDS, allowWrites: true },
    onAnswer({ body }, { url }) {
      if (url.pathname.endsWith('/suspend')) body.suspended_until = '2000-01-01T00:00:00.000Z';
    },
  },
];
