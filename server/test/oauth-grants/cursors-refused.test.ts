import type { JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { PAGE_GRANT } from '../rows.ts';
import { useService } from '../service.ts';
import { admin, ask, fill, page as pageOf, type Query } from './lists.ts';

const service = useService();
beforeEach(() => fill(service));
const page = (query: Query) => pageOf(service, query);

/** The JSON of a cursor, with something else in it. */
function forge(cursor: string, change: (content: Record<string, unknown>) => unknown): string {
  const content = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  return Buffer.from(JSON.stringify(change(content))).toString('base64url');
}

async function expectRefused(
  query: Query,
  as: JWTPayload = admin,
  detail = /is not a cursor; send a next_cursor/,
) {
  const { status, body } = await ask(service, query, as);
  expect(status, JSON.stringify([query, body])).toBe(400);
  expect(body.type).toBe('urn:grantkeeper:problem:invalid-request');
  expect(body.errors).toEqual([{ in: 'query', field: 'cursor', detail: expect.stringMatching(detail) }]);
  expect(body.detail).toBe(`cursor ${body.errors[0].detail}.`);
}

const forgeries: [what: string, change: (content: Record<string, unknown>) => unknown][] = [
  ['another version', (content) => ({ ...content, v: 3 })],
  ['a key too many', (content) => ({ ...content, filter: {} })],
  ['keys in another order', ({ v, ...rest }) => ({ ...rest, v })],
  ['a stretch that the list does not have', (content) => ({ ...content, stretch: 1 })],
  ['half a stretch', (content) => ({ ...content, stretch: 0.5 })],
  ['a stretch before the first', (content) => ({ ...content, stretch: -1 })],
  ['no key', ({ key, ...content }) => content],
  ['an operator for a key', (content) => ({ ...content, key: { $gt: '' } })],
  ['a number for a key', (content) => ({ ...content, key: 1 })],
  ['text for a date', (content) => ({ ...content, key: '2026-05-01T00:00:00.000Z' })],
  ['null for a date', (content) => ({ ...content, key: null })],
  ['no such date', (content) => ({ ...content, key: { date: '2026-02-30T00:00:00.000Z' } })],
  ['a date in another spelling', (content) => ({ ...content, key: { date: '2026-05-01T00:00:00Z' } })],
  ['an operator for a date', (content) => ({ ...content, key: { date: { $gt: '' } } })],
  ['an operator for a grant', (content) => ({ ...content, grant: { $gt: '' } })],
  ['no grant id', (content) => ({ ...content, grant: 'nonsense' })],
  ['a list around it', (content) => [content]],
  ['null instead', () => null],
];

describe('a cursor', () => {
  let cursor: string;
  beforeEach(async () => {
    cursor = (await page({ limit: 3, cursor: 'first' })).next_cursor;
  });

  it.each(forgeries)('with %s is a 400', async (_what, change) => {
    await expectRefused({ cursor: forge(cursor, change) });
  });

  it('of an older version is a 400 that says to begin anew', async () => {
    const old = forge(cursor, (content) => ({ ...content, v: 1 }));
    await expectRefused({ cursor: old }, admin, /older version of this API.*start again with cursor=first/);
  });

  it('with a key that is no text where names are sorted is a 400', async () => {
    const query = { sort_by: 'user_name', limit: 3 };
    const { next_cursor } = await page({ ...query, cursor: 'first' });
    for (const key of [null, { date: '2026-05-01T00:00:00.000Z' }, '\ud800']) {
      await expectRefused({ ...query, cursor: forge(next_cursor, (content) => ({ ...content, key })) });
    }
  });

  it('that does not decode or is spelt otherwise is a 400', async () => {
    const halved = cursor.slice(0, cursor.length / 2);
    for (const other of [
      'nonsense',
      'First',
      ' first',
      'first=',
      'e30',
      `${cursor}=`,
      `${cursor}A`,
      ` ${cursor}`,
      halved,
      '../..',
      '\0',
    ]) {
      await expectRefused({ cursor: other });
    }
  });

  it('that is empty or endless is a 400', async () => {
    await expectRefused({ cursor: '' }, admin, /empty/);
    // As long as the headers of a request may be, all but.
    await expectRefused({ cursor: 'x'.repeat(250_000) }, admin, /not a cursor/);
  });

  it('is taken with another limit, and with an offset of 0', async () => {
    for (const limit of [1, 2, 3, 1_000])
      expect((await page({ cursor, limit, offset: 0 })).limit).toBe(limit);
  });

  it('together with any other offset is a 400', async () => {
    const { status, body } = await ask(service, { cursor, offset: 3 });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: 'query', field: 'offset', detail: expect.stringContaining('together with a cursor') },
    ]);
  });

  it.each([
    { status: 'all' },
    { sort_by: 'expires_at' },
    { sort_order: 'asc' },
    { user_id: 'u1' },
    { client_id: 'c1' },
    { project_id: 'p1' },
    { resource: 'https://1.example/' },
  ])('together with %o, which it was not given for, is a 400 that says what to do', async (change) => {
    await expectRefused({ cursor, ...change }, admin, /another list; send the filters/);
    const other = await page({ ...change, limit: 1, cursor: 'first' });
    await expectRefused({ cursor: other.next_cursor }, admin, /another list; send the filters/);
  });

  it('of one who sees other grants is a 400', async () => {
    const others = [
      { ...admin, account_id: 'another' },
      { ...admin, project_id: 'p1', permissions: ['project:admin'] },
      { ...admin, sub: 'u1', permissions: ['account:member'] },
    ];
    for (const as of others) await expectRefused({ cursor }, as, /another list/);
  });

  it('of another grant, made up, shows nothing but the own list', async () => {
    const { grants } = await page({});
    const grant = Buffer.from(JSON.stringify({ ...PAGE_GRANT, account_id: 'another' })).toString('base64url');
    const { body } = await ask(service, { cursor: forge(cursor, (content) => ({ ...content, grant })) });
    for (const shown of body.grants) expect(grants).toContainEqual(shown);
  });
});
