import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useService } from '../service.ts';

const service = useService();
const PAGE = 'guides/store.html';

let reader = 0;
beforeEach(() => {
  // Each test is a reader of its own to the limit; what the database would delete goes by the real time.
  reader++;
  service.now = new Date();
});

const send = (body: unknown, headers: Record<string, string> = {}) =>
  service.ask('POST', '/docs/feedback', {
    body,
    headers: { 'X-Forwarded-For': `192.0.2.${reader}`, ...headers },
  });

describe('POST /docs/feedback', () => {
  it('keeps the answer, the comment and the time, and nothing of who it was', async () => {
    const { status, body } = await send(
      { page: PAGE, helpful: false, comment: '  What is a grant?  ' },
      { 'User-Agent': 'a browser', Referer: 'https://somewhere.example' },
    );
    expect([status, body]).toEqual([204, undefined]);
    expect((await send({ page: PAGE, helpful: true, comment: ' ' })).status).toBe(204);
    const kept = await service.store.docsFeedback.find({}, { _id: 0 }).sort({ helpful: 1 }).lean();
    expect(kept).toEqual([
      { page: PAGE, helpful: false, comment: 'What is a grant?', at: service.now },
      { page: PAGE, helpful: true, at: service.now },
    ]);
  });

  it.each([
    [{ helpful: true }, '/page', 'is required'],
    [{ page: '', helpful: true }, '/page', 'must be the path of a page, such as guides/store.html'],
    [{ page: 'a page', helpful: true }, '/page', expect.stringContaining('must be the path')],
    [{ page: '//evil.example?', helpful: true }, '/page', expect.stringContaining('must be the path')],
    [{ page: `/${'a'.repeat(200)}`, helpful: true }, '/page', 'must not have more than 200 characters'],
    [{ page: PAGE, helpful: 'yes' }, '/helpful', 'must be boolean'],
    [
      { page: PAGE, helpful: true, comment: 'x'.repeat(1001) },
      '/comment',
      'must not have more than 1000 characters',
    ],
    [{ page: PAGE, helpful: true, comment: { $gt: '' } }, '/comment', 'must be string'],
    [{ page: PAGE, helpful: true, email: 'me@example.com' }, '/email', 'is not a key that may be sent here'],
    [[], '', 'must be object'],
  ])('refuses %j and names what is wrong', async (sent, field, detail) => {
    const { status, headers, body } = await send(sent);
    expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
    expect(body).toMatchObject({
      type: 'urn:grantkeeper:problem:invalid-request',
      errors: [{ in: 'body', field, detail }],
    });
    expect(await service.store.docsFeedback.countDocuments()).toBe(0);
  });

  it('refuses what is no JSON, too long, or no POST', async () => {
    expect((await send(undefined)).status).toBe(415);
    expect((await send('{')).status).toBe(400);
    expect((await send('page=/docs', { 'Content-Type': 'application/x-www-form-urlencoded' })).status).toBe(
      415,
    );
    expect((await send({ page: PAGE, helpful: true, comment: 'x'.repeat(9000) })).status).toBe(413);
    const { status, headers } = await service.ask('GET', '/docs/feedback');
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('the limits', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }));
  afterEach(() => void vi.useRealTimers());

  it('are ten a minute from an address', async () => {
    for (let count = 0; count < 10; count++)
      expect((await send({ page: PAGE, helpful: true })).status).toBe(204);
    const { status, headers, body } = await send({ page: PAGE, helpful: true });
    expect([status, body.type]).toEqual([429, 'urn:grantkeeper:problem:too-many-requests']);
    expect(Number(headers.get('retry-after'))).toBe(60);
    vi.setSystemTime(Date.now() + 61_000);
    expect((await send({ page: PAGE, helpful: true })).status).toBe(204);
  });

  it('are four hundred a day from all, which the next day begins anew', async () => {
    service.now = new Date(new Date().setUTCHours(23, 59, 0, 0));
    const rows = Array.from({ length: 399 }, () => ({ page: PAGE, helpful: true, at: service.now }));
    await service.store.docsFeedback.insertMany(rows);
    expect((await send({ page: PAGE, helpful: true })).status).toBe(204);
    const { status, headers } = await send({ page: PAGE, helpful: true });
    expect([status, headers.get('retry-after')]).toEqual([429, '60']);
    service.now = new Date(service.now.getTime() + 60_000);
    expect((await send({ page: PAGE, helpful: true })).status).toBe(204);
    expect(await service.store.docsFeedback.countDocuments()).toBe(401);
  });
});
