import { isAudit, isOf, LIST, type Mutant, sendAs, type Tokens } from './faults.ts';
import type { Sent } from './faulty-proxy.ts';

const AUDIT = { only: /audit events/ };
const without = (name: string) => ({
  options: { only: /a filter of audit events/ },
  onRequest: (sent: Sent) => isAudit(sent) && sent.url.searchParams.delete(name),
});

/** Servers that break rules about what is read; those of audit events want some, which writing ones leave. */
export function readingMutants({ own, person, projectAdmin }: Tokens): Mutant[] {
  const isOne = ({ method, url }: Sent) => method === 'GET' && url.pathname.startsWith(`${LIST}/ey`);
  return [
    {
      name: 'shows a member the grants of others by id',
      found: /a 200 for a grant of another user_id/,
      options: { only: /just a part/ },
      onRequest: (sent) => isOne(sent) && isOf(sent, person) && sendAs(sent, own),
    },
    {
      name: 'ignores which project a project admin asks for',
      found: /a 200 for another project_id/,
      options: { only: /just a part/ },
      onRequest: (sent) => isOf(sent, projectAdmin) && sent.url.searchParams.delete('project_id'),
    },
    { name: 'ignores until when events are', found: /events that ignore the filter to/, ...without('to') },
    {
      name: 'ignores since when events are',
      found: /events that ignore the filter from/,
      ...without('from'),
    },
    {
      name: 'ignores whose events are',
      found: /events that ignore the filter user_id/,
      ...without('user_id'),
    },
    { name: 'ignores what events did', found: /events that ignore the filter action/, ...without('action') },
    {
      name: 'takes a cursor of audit events for any filter',
      found: /a 200 for a cursor of a list without action/,
      options: AUDIT,
      onRequest: (sent) =>
        isAudit(sent) && sent.url.searchParams.has('cursor') && without('action').onRequest(sent),
    },
    {
      name: 'loses the filters of a list of lines',
      found: /a 400 that is not application\/x-ndjson|other lines with the filter action/,
      options: AUDIT,
      onAnswer({ headers }, sent) {
        const link = headers.get('link');
        if (isAudit(sent) && link) headers.set('link', link.replace(/action=\w+&?/, ''));
      },
    },
    {
      name: 'shows a member what an event did to the grants of others',
      found: /a grant in grant_ids that the caller does not see/,
      options: AUDIT,
      onAnswer({ status, body }, sent) {
        if (!isAudit(sent) || status !== 200 || !isOf(sent, person)) return;
        const foreign = Buffer.from('{"user_id":"another"}').toString('base64url');
        for (const { grant_ids } of body.events) grant_ids[0] = foreign;
      },
    },
    {
      name: 'sends problems with another request_id',
      found: /a 400 whose request_id is not its X-Request-Id/,
      onAnswer({ body }) {
        if (body.request_id) body.request_id = 'another';
      },
    },
    {
      name: 'sends an error with the status of another',
      found: /a 400 with urn:grantkeeper:problem:forbidden, which is a 403/,
      onAnswer({ status, body }) {
        if (status === 400) body.type = 'urn:grantkeeper:problem:forbidden';
      },
    },
    {
      name: 'does not say what is wrong with a token',
      found: /a 401 whose WWW-Authenticate does not say what is wrong/,
      onAnswer({ status, headers }) {
        if (status === 401) headers.set('www-authenticate', 'Bearer realm="any"');
      },
    },
    {
      name: 'takes the last of two values',
      found: /a 200 for limit=1&limit=1/,
      options: { only: /without a meaning/ },
      onRequest({ url: { searchParams } }) {
        for (const name of new Set(searchParams.keys()))
          searchParams.set(name, searchParams.getAll(name).at(-1) ?? '');
      },
    },
    {
      name: 'does not say which methods a path has',
      found: /a 405 whose Allow is not POST/,
      options: { only: /a method/ },
      onAnswer: ({ headers }) => headers.delete('allow'),
    },
    {
      name: 'says that an answer is repeated without a key',
      found: /an Idempotency-Replayed without an Idempotency-Key/,
      onAnswer: ({ headers }) => headers.set('idempotency-replayed', 'true'),
    },
  ];
}
