import { describe, expect, it } from 'vitest';
import { OAuthGrantsError } from '../../src/errors.ts';
import { failureOf } from '../surroundings.ts';
import { NOW, openMock } from './mocked.ts';

const { mock, clock, grantkeeper, send } = openMock();
const { grants } = grantkeeper;
const DAY = 24 * 60 * 60 * 1_000;

/** Adds grants like the example, each with another id, user and name. Gives their ids. */
function addGrants(...names: (string | undefined)[]): string[] {
  const [example] = mock.data.grants;
  if (!example) throw new Error('there is no example');
  return names.map((user_name, index) => {
    const grant_id = `grant-${index}`;
    const { user_name: _, ...rest } = example;
    mock.data.grants.push({ ...rest, grant_id, user_id: `user-${index}`, ...(user_name && { user_name }) });
    return grant_id;
  });
}

/** The id of a grant that nobody has. */
const UNKNOWN = btoa(
  '{"client_id":"a","user_id":"a","account_id":"a","project_id":"a","resource":"a","scope":["a"]}',
).replace(/=+$/, '');

const exampleId = () => mock.data.grants[0]?.grant_id ?? '';

const codeOf = async (call: Promise<unknown>) => {
  const failure = await failureOf(call);
  return failure instanceof OAuthGrantsError ? `${failure.status} ${failure.code}` : failure;
};

describe('a grant', () => {
  it('that is revoked is gone from the list of active ones, and is shown as revoked', async () => {
    expect(await grants.revoke(exampleId())).toEqual({ revoked_tokens: 1, revoked_consents: 0 });
    expect((await grants.list()).grants).toEqual([]);
    expect((await grants.list({ status: 'revoked' })).total_count).toBe(1);
    expect((await grants.get(exampleId())).status).toBe('revoked');
    expect(await grants.revoke(exampleId())).toEqual({ revoked_tokens: 0, revoked_consents: 0 });
  });

  it('that is revoked with its consent is gone from what the person allowed', async () => {
    const before = await grantkeeper.me.listGrants();
    expect(await grants.revoke(exampleId(), { include_consent: true })).toEqual({
      revoked_tokens: 1,
      revoked_consents: 1,
    });
    expect(await grantkeeper.me.listGrants()).toEqual(before.slice(1));
  });

  it('that is suspended says until when if it is asked, and can be restored', async () => {
    const { suspended_until } = await grants.suspend(exampleId());
    expect(Date.parse(suspended_until)).toBe(NOW + 7 * DAY);
    expect((await grants.list()).grants[0]).not.toHaveProperty('suspended_until');
    expect((await grants.list({ include_suspension: true })).grants[0]).toMatchObject({ suspended_until });
    await grants.restore(exampleId());
    expect((await grants.list({ include_suspension: true })).grants[0]).not.toHaveProperty('suspended_until');
    expect(await codeOf(grants.restore(exampleId()))).toBe('409 grant-not-suspended');
  });

  it('has the name of its project if it is asked, and if the project has one', async () => {
    for (const grant of mock.data.grants) grant.project_name = 'Research';
    expect((await grants.list()).grants[0]).not.toHaveProperty('project_name');
    const project_name = 'Research';
    expect((await grants.list({ include_project_name: true })).grants[0]).toMatchObject({ project_name });
  });

  it('that nobody restores in time is revoked', async () => {
    await grants.suspend(exampleId());
    clock.now = NOW + 8 * DAY;
    expect((await grants.get(exampleId())).status).toBe('revoked');
    expect((await grants.listAuditEvents({ limit: 1 })).events).toMatchObject([
      { action: 'revoke', reason: 'suspension-over', revoked_tokens: 1 },
    ]);
    expect(await codeOf(grants.suspend(exampleId()))).toBe('409 grant-not-active');
  });

  it('that an admin suspended is not restored by its user', async () => {
    await grants.suspend(exampleId());
    mock.caller.permission = 'account:member';
    expect(await codeOf(grants.restore(exampleId()))).toBe('403 suspended-by-admin');
  });

  it('that does not exist is a 404, and what is no id of a grant a 400', async () => {
    expect(await codeOf(grants.get(UNKNOWN))).toBe('404 grant-not-found');
    for (const text of ['bm90LWEtZ3JhbnQ', 'e30', 'W10', 'bnVsbA', 'eyJhIjoxfQ', `${UNKNOWN}A`]) {
      expect(await codeOf(grants.get(text)), text).toBe('400 invalid-request');
    }
  });
});

describe('a list of grants', () => {
  it('is filtered, sorted as people sort names, and cut into pages', async () => {
    addGrants('Zoë', 'élodie', undefined, 'Edgar');
    const { grants: sorted, total_count } = await grants.list({
      sort_by: 'user_name',
      sort_order: 'asc',
      offset: 1,
      limit: 3,
    });
    expect(total_count).toBe(5);
    expect(sorted.map(({ user_name }) => user_name)).toEqual(['élodie', 'Michael Vachette', 'Zoë']);
    expect((await grants.list({ user_id: 'user-1' })).grants).toMatchObject([{ grant_id: 'grant-1' }]);
    expect((await grants.list({ resource: 'https://nowhere.example' })).total_count).toBe(0);
  });

  it('of unused grants has those that were neither used nor granted since', async () => {
    addGrants('a', 'b');
    const [used, never] = mock.data.grants;
    if (!used || !never) throw new Error('there are grants');
    const moment = '2026-05-01T00:00:00.000Z';
    for (const grant of mock.data.grants) grant.granted_at = '2026-04-01T00:00:00.000Z';
    used.last_used_at = moment;
    delete never.last_used_at;
    const ids = (await grants.list({ unused_since: moment })).grants.map(({ grant_id }) => grant_id);
    expect(ids).toContain(never.grant_id);
    expect(ids).not.toContain(used.grant_id);
  });

  it('that is read by cursor shows each grant once, although some are revoked meanwhile', async () => {
    addGrants('a', 'b', 'c', 'd');
    const seen: string[] = [];
    for await (const { grant_id } of grants.listAll({ limit: 2 })) {
      seen.push(grant_id);
      await grants.revoke(grant_id);
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  it('that is read by cursor goes on, although the row that the cursor stands on is gone', async () => {
    addGrants('a', 'b', 'c', 'd');
    const seen: string[] = [];
    for await (const { grant_id } of grants.listAll({ limit: 2, sort_by: 'user_name' })) {
      seen.push(grant_id);
      mock.data.grants.splice(
        mock.data.grants.findIndex((one) => one.grant_id === grant_id),
        1,
      );
    }
    expect(new Set(seen).size).toBe(5);
  });

  it('refuses the cursor of another list', async () => {
    addGrants('a', 'b');
    const { next_cursor } = await grants.list({ limit: 1, cursor: 'first' });
    expect(await codeOf(grants.list({ cursor: next_cursor, status: 'all' }))).toBe('400 invalid-request');
  });

  it('shows a member only their own, and refuses what asks for more', async () => {
    addGrants('a', 'b');
    mock.caller.permission = 'account:member';
    expect((await grants.list()).total_count).toBe(1);
    expect(await codeOf(grants.get('grant-0'))).toBe('404 grant-not-found');
    expect(await codeOf(grants.list({ user_id: 'user-0' }))).toBe('403 forbidden');
  });

  it('says which parameters are wrong, and what they have to be', async () => {
    const response = await send('GET', '/api/v1/oauth-grants?limit=5000&status=gone&status=all');
    expect(await response.json()).toMatchObject({
      type: 'urn:grantkeeper:problem:invalid-request',
      errors: [
        { in: 'query', field: 'status', detail: 'must be sent once' },
        { in: 'query', field: 'limit', detail: 'must be <= 1000' },
      ],
    });
  });
});

describe('a bulk revocation', () => {
  it('of unused grants needs another filter and a moment that is past, and says so in the audit trail', async () => {
    const [first] = mock.data.grants;
    if (!first) throw new Error('there is a grant');
    const { account_id } = first;
    first.granted_at = '2026-01-01T00:00:00.000Z';
    first.last_used_at = '2026-04-02T00:00:00.000Z';
    const unused = (unused_since: string) => grants.revokeMany({ account_id, unused_since });
    expect(await unused('2026-04-01T00:00:00.000Z')).toMatchObject({ revoked_tokens: 0 });
    expect(await codeOf(unused('2999-01-01T00:00:00.000Z'))).toBe('400 invalid-request');
    const alone = await send('POST', '/api/v1/oauth-grants/revoke', {
      headers: { Authorization: 'Bearer any-token', 'Content-Type': 'application/json' },
      body: JSON.stringify({ unused_since: '2026-04-03T00:00:00.000Z' }),
    });
    expect(alone.status).toBe(400);
    expect(await unused('2026-04-03T00:00:00.000Z')).toMatchObject({ revoked_tokens: 1 });
    const { events } = await grants.listAuditEvents();
    expect(events[0]?.filter).toMatchObject({ account_id, unused_since: '2026-04-03T00:00:00.000Z' });
  });

  it('by filter revokes what matches and is active', async () => {
    const ids = addGrants('a', 'b');
    await grants.revoke('grant-1');
    const { client_id = '' } = mock.data.grants[0] ?? {};
    expect(await grants.revokeMany({ client_id, user_id: 'user-0' })).toMatchObject({ revoked_tokens: 1 });
    expect(await grants.revokeMany({ client_id })).toMatchObject({ revoked_tokens: 1 });
    expect((await grants.get(ids[0] ?? '')).status).toBe('revoked');
  });

  it('by ids is all or nothing', async () => {
    const [id = ''] = addGrants('a');
    expect(await codeOf(grants.revokeMany({ grant_ids: [id, UNKNOWN] }))).toBe('404 grant-not-found');
    expect((await grants.get(id)).status).toBe('active');
    expect(await grants.revokeMany({ grant_ids: [id, exampleId()] })).toMatchObject({ revoked_tokens: 2 });
  });

  it.each([
    [{}, '400'],
    [{ status: 'all' }, '400'],
    [{ grant_ids: ['a'], user_id: 'b' }, '400'],
    [{ client_ids: 'vts_abc123' }, '400'],
    [{ client_id: 'vts_abc123', status: 'gone' }, '400'],
    [{ preview_token: 'a.b.c', include_consent: true }, '400'],
    [{ account_id: 'another' }, '403'],
  ])('with the body %j is a %s, and revokes nothing', async (body, status) => {
    const response = await send('POST', '/api/v1/oauth-grants/revoke', {
      headers: { Authorization: 'Bearer any-token', 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(Number(status));
    expect((await grants.list()).total_count).toBe(1);
  });

  it('that is previewed revokes nothing, then exactly what was seen, once', async () => {
    addGrants('a');
    const preview = await grants.previewRevocation({ client_id: 'vts_abc123', include_consent: true });
    expect(preview).toMatchObject({ grants: 2, tokens: 2, consents: 1 });
    expect((await grants.list()).total_count).toBe(2);
    expect(await grants.revokePreviewed(preview.preview_token)).toEqual({
      revoked_tokens: 2,
      revoked_consents: 1,
    });
    expect(await codeOf(grants.revokePreviewed(preview.preview_token))).toBe('409 preview-executed');
  });

  it('that is previewed is refused once the grants have changed, or after ten minutes', async () => {
    const { preview_token } = await grants.previewRevocation({ client_id: 'vts_abc123' });
    addGrants('a');
    const failure = await failureOf(grants.revokePreviewed(preview_token));
    expect(failure).toMatchObject({
      code: 'preview-changed',
      body: { changes: { added: 1, removed: 0, other_status: 0, grant_ids: ['grant-0'] } },
    });
    clock.now = NOW + 11 * 60 * 1_000;
    expect(await codeOf(grants.revokePreviewed(preview_token))).toBe('410 preview-expired');
    expect(await codeOf(grants.revokePreviewed('a.b.c'))).toBe('400 invalid-request');
  });
});

describe('an idempotency key', () => {
  it('makes a repetition answer as the first time, and is refused for another request', async () => {
    const idempotencyKey = 'a-key';
    const first = await grants.revoke(exampleId(), {}, { idempotencyKey });
    expect(await grants.revoke(exampleId(), {}, { idempotencyKey })).toEqual(first);
    expect(await codeOf(grants.suspend(exampleId(), { idempotencyKey }))).toBe('422 idempotency-key-reused');
  });
});

describe('the audit trail', () => {
  it('begins with the events of the document, and has what was done since, newest first', async () => {
    const { length } = mock.data.auditEvents;
    await grants.suspend(exampleId());
    await grants.restore(exampleId());
    await grants.revoke(exampleId());
    const { events } = await grants.listAuditEvents();
    expect(events.map(({ action }) => action)).toEqual(['revoke', 'restore', 'suspend', 'revoke', 'revoke']);
    expect(events).toHaveLength(length + 3);
    expect(events[0]).toMatchObject({
      operation: 'revokeOAuthGrant',
      revoked_tokens: 1,
      grant_ids: [exampleId()],
    });
  });

  it('is filtered, and read page after page, also one event a line', async () => {
    addGrants('a');
    await grants.revoke('grant-0');
    await grants.suspend(exampleId());
    expect((await grants.listAuditEvents({ user_id: 'user-0' })).events).toMatchObject([
      { action: 'revoke' },
    ]);
    expect((await grants.listAuditEvents({ action: 'suspend' })).events).toHaveLength(1);
    expect((await grants.listAuditEvents({ from: new Date(NOW).toISOString() })).events).toHaveLength(2);
    const all = [];
    for await (const event of grants.listAllAuditEvents({ limit: 1 })) all.push(event.event_id);
    expect(all).toEqual(mock.data.auditEvents.map(({ event_id }) => event_id));
    const { next_cursor: cursor = '' } = await grants.listAuditEvents({ limit: 1 });
    const [newest, ...others] = mock.data.auditEvents.splice(0, 1);
    expect(others).toEqual([]);
    const rest = (await grants.listAuditEvents({ cursor })).events.map(({ event_id }) => event_id);
    if (newest) mock.data.auditEvents.unshift(newest);
    expect(rest).toEqual(all.slice(1));
    const headers = { Authorization: 'Bearer any-token', Accept: 'application/x-ndjson' };
    const lines = await send('GET', '/api/v1/oauth-grants/audit-events?limit=2', { headers });
    expect((await lines.text()).trim().split('\n')).toHaveLength(2);
    expect(lines.headers.get('link')).toMatch(/^<\?limit=2&cursor=.+>; rel="next"$/);
  });
});

it.each(['2026', '2026-05-01', '2026-02-30T00:00:00Z', '2026-04-30T24:00:00Z', '2026-04-30T23:59:60Z'])(
  'a list and a revocation of what has not been used since %s is refused',
  async (unused_since) => {
    const { account_id } = mock.caller;
    expect(await codeOf(grants.list({ unused_since }))).toBe('400 invalid-request');
    expect(await codeOf(grants.revokeMany({ account_id, unused_since }))).toBe('400 invalid-request');
    expect((await grants.list()).total_count).toBe(1);
  },
);

describe('a search', () => {
  it('finds users and clients by beginnings of words, whatever case and accents, or by id', async () => {
    addGrants('Zoë Ångström', 'Zoran Ang');
    const usersFor = async (query: string) =>
      (await grants.search({ query })).users.map(({ user_name }) => user_name);
    expect(await usersFor('zoe ang')).toEqual(['Zoë Ångström']);
    expect(await usersFor('ang zo')).toEqual(['Zoë Ångström', 'Zoran Ang']);
    expect(await usersFor('user-1')).toEqual(['Zoran Ang']);
    expect(await usersFor('.*')).toEqual([]);
    addGrants('Søren Straße');
    expect(await usersFor('SOREN STRASSE')).toEqual(['Søren Straße']);
    expect((await grants.search({ query: 'zo', limit: 1 })).users).toHaveLength(1);
    expect((await grants.search({ query: 'code' })).clients).toEqual([
      { client_id: 'vts_abc123', client_name: 'Claude Code' },
    ]);
  });

  it('finds only what the caller sees', async () => {
    addGrants('Zoë Ångström');
    mock.caller.permission = 'account:member';
    expect(await grants.search({ query: 'zoe' })).toEqual({ users: [], clients: [] });
  });

  it.each([{ query: '' }, { query: 'a', limit: 0 }, { query: 'a', limit: 51 }])(
    'for %j is a 400',
    async (body) => {
      expect(await codeOf(grants.search(body))).toBe('400 invalid-request');
    },
  );
});
