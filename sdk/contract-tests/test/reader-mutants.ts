import { isAudit, isOf, isSearch, type Mutant, onEvents, onList, onQuery, type Tokens } from './faults.ts';

const LONG_AGO = '2000-01-01T00:00:00.000Z';
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
      name: 'ignores whose events are beside the action',
      found: /events that ignore the filter (user_id|client_id)/,
      options: { allowWrites: true, only: /Idempotency-Key|no filter of audit events/ },
      onRequest({ url: { searchParams } }) {
        if (searchParams.has('action'))
          for (const name of ['user_id', 'client_id']) searchParams.delete(name);
      },
    },
    {
      name: 'counts consents as grants that lost a token',
      found: /an event with more grants than tokens that they lost|another grants of an event/,
      options: { allowWrites: true, only: /an audit event counts/ },
      ...onEvents((events) => {
        for (const event of events) event.grants = Number(event.grants) + Number(event.revoked_consents);
      }),
    },
    {
      name: 'says that a restoration revoked a token',
      found: /a restore that revoked something/,
      options: { allowWrites: true, only: /restoreOAuthGrant: / },
      ...onEvents((events) => {
        for (const event of events) if (event.action === 'restore') event.revoked_tokens = 1;
      }),
    },
    {
      name: 'lists one event more than asked for',
      found: /more events than the limit/,
      options: { only: /a page of audit events/ },
      onAnswer({ status, body }, sent) {
        if (isAudit(sent) && status === 200) body.events.push(...body.events.slice(-1));
      },
    },
    {
      name: 'gives a cursor with the last page of events',
      found: /a next_cursor of the last page/,
      options: { only: /a page of audit events/ },
      onAnswer({ status, body }, sent) {
        if (isAudit(sent) && status === 200 && sent.url.searchParams.has('cursor'))
          body.next_cursor ??= 'none';
      },
    },
    {
      name: 'gives a grant the id of another project',
      found: /a grant_id that does not encode its six values/,
      ...onList(({ body }) => {
        body.grants[0].project_id += '!';
      }),
    },
    {
      name: 'says that a grant is active which has expired',
      found: /an active grant that has expired/,
      ...onList(({ body }) => Object.assign(body.grants[0], { status: 'active', expires_at: LONG_AGO })),
    },
    {
      name: 'takes first-party applications for others',
      found: /a grant with appType=firstParty that Me grants calls otherwise/,
      options: { documents: ['me-grants', 'account-grants'] },
      onRequest({ url: { searchParams } }) {
        const appType = searchParams.get('appType');
        if (appType) searchParams.set('appType', appType === 'firstParty' ? 'thirdParty' : 'firstParty');
      },
    },
    {
      name: 'says in My account grants when a grant ends, but a thousand times later',
      found: /an expiresAt that is another moment than exp/,
      options: { documents: ['account-grants'] },
      onAnswer({ status, body }) {
        if (status === 200) for (const grant of body.grants) grant.expiresAt *= 1_000;
      },
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
