import { isOf, isSearch, type Mutant, onList, onQuery, type Tokens } from './faults.ts';

const TOGETHER = { only: /no filter is forgotten/ };
const NARROW = { only: /that filters narrow/ };

/** Servers that go wrong for some who read, with some filters together, or far down a list. */
export function readerMutants({ person, projectAdmin }: Tokens): Mutant[] {
  return [
    {
      name: 'forgets the resource where a client is asked for',
      found: /a list that ignores its filter resource/,
      options: TOGETHER,
      ...onQuery((query) => query.has('client_id') && query.delete('resource')),
    },
    {
      name: 'forgets one filter where all the others are there',
      found: /another total_count than the grants that match \(filters: .*status/,
      options: TOGETHER,
      ...onList(({ body }, { url }) => {
        if (url.searchParams.size > 6) body.total_count += 1;
      }),
    },
    {
      name: 'filters by nothing but the project for its admin',
      found: /a list that ignores its filter client_id/,
      options: TOGETHER,
      onRequest: (sent) => isOf(sent, projectAdmin) && sent.url.searchParams.delete('client_id'),
    },
    {
      name: 'mixes up the grants that lack what a list is sorted by',
      found: /another page at an offset than the list has there, sorted by user_name/,
      options: { only: /a list is sorted/ },
      ...onList(({ body }, { url }) => {
        if (url.searchParams.get('sort_by') === 'user_name' && body.offset > 0) body.grants.reverse();
      }),
    },
    {
      name: 'sorts the list of a member the other way',
      found: /a list that is not sorted by \w+ (asc|desc)/,
      options: NARROW,
      ...onList(({ body }, sent) => {
        if (isOf(sent, person)) body.grants.reverse();
      }),
    },
    {
      name: 'finds as much for a member as there is',
      found: /a search with more clients than its limit/,
      options: { allowWrites: true, only: /a search by/ },
      onRequest(sent) {
        if (!isSearch(sent.url) || !isOf(sent, person)) return;
        sent.body = JSON.stringify({ ...JSON.parse(sent.body), limit: 50 });
      },
    },
    {
      name: 'finds users by another name than their grants have',
      found: /a user that is called otherwise than in its grants/,
      options: { allowWrites: true, only: /a search by/ },
      onAnswer({ status, body }, { url }) {
        if (!isSearch(url) || status !== 200) return;
        for (const user of body.users) delete user.user_email;
      },
    },
  ];
}
