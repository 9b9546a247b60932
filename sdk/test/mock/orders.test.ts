import { setupServer } from 'msw/node';
import { describe, expect, it, vi } from 'vitest';
import { ConnectionError, TimeoutError } from '../../src/errors.ts';
import { revokeMeGrant } from '../../src/generated/sdk.gen.ts';
import { createGrantkeeper } from '../../src/grantkeeper.ts';
import { mockGrantkeeper } from '../../src/msw.ts';
import { clientIn, failureOf, Surroundings } from '../surroundings.ts';
import { BASE_URL, NOW, openMock } from './mocked.ts';

const { mock, grantkeeper } = openMock();
const { me } = grantkeeper;

describe('a failure that is ordered', () => {
  it('comes once, with what the document says, and changes nothing', async () => {
    mock.fail('listMeGrants', 503, { example: 'overloaded' });
    expect(await failureOf(me.listGrants())).toMatchObject({
      status: 503,
      code: 'unavailable',
      retryAfter: 5_000,
    });
    expect(await me.listGrants()).toHaveLength(2);
  });

  it('comes as often as it is ordered, each in its turn, for its operation only', async () => {
    mock.fail('listMeGrants', 503, { times: 2 });
    mock.fail('listMeGrants', 429);
    expect(await grantkeeper.grants.list()).toBeDefined();
    const failures = [];
    for (let call = 0; call < 3; call++) failures.push(await failureOf(me.listGrants()));
    expect(failures).toMatchObject([{ status: 503 }, { status: 503 }, { status: 429 }]);
    expect(await me.listGrants()).toHaveLength(2);
  });

  it('may be the network', async () => {
    mock.fail('revokeMeGrant', 'network');
    expect(await failureOf(me.revokeGrant('2h9wq7l4zrk0bd5xv1cme'))).toBeInstanceOf(ConnectionError);
    expect(await me.listGrants()).toHaveLength(2);
  });

  it('that passes is survived by the retries of the SDK', async () => {
    mock.fail('revokeMeGrant', 'network');
    mock.fail('revokeMeGrant', 503, { headers: { 'Retry-After': '7' } });
    const around = new Surroundings();
    const path = { grantId: '2h9wq7l4zrk0bd5xv1cme' };
    await revokeMeGrant({ client: clientIn(around, BASE_URL), path });
    expect(around.slept).toEqual([500, 7_000]);
    expect(await me.listGrants()).toHaveLength(1);
  });

  it('for an expired token makes the SDK ask for another', async () => {
    mock.fail('listMeGrants', 401, { example: 'expired_token' });
    const token = vi.fn((refused: string | undefined) => (refused === undefined ? 'first' : 'second'));
    expect(await createGrantkeeper({ baseUrl: BASE_URL, token }).me.listGrants()).toHaveLength(2);
    expect(token).toHaveBeenCalledTimes(2);
  });
});

describe('a delay', () => {
  it('keeps every call waiting, or those of one operation', async () => {
    mock.delay(60_000);
    mock.delay(0, 'listMeGrants');
    expect(await me.listGrants()).toHaveLength(2);
    expect(await failureOf(grantkeeper.grants.list({}, { timeout: 20 }))).toBeInstanceOf(TimeoutError);
  });
});

describe('a mock', () => {
  it('begins with the data that it is given, and goes back to it', async () => {
    const [example] = mock.data.grants;
    if (!example) throw new Error('there is no example');
    const own = mockGrantkeeper({
      baseUrl: 'https://own.example/api/',
      data: { grants: [{ ...example, client_name: 'Field Notes' }], meGrants: [] },
    });
    const server = setupServer(...own.handlers);
    server.listen();
    try {
      const { grants, me } = createGrantkeeper({
        baseUrl: 'https://own.example/api',
        token: 'any',
        retries: 0,
      });
      expect((await grants.list()).grants).toMatchObject([{ client_name: 'Field Notes' }]);
      expect(await me.listGrants()).toEqual([]);
      await grants.revokeMany({ grant_ids: [example.grant_id] });
      own.fail('listOAuthGrants', 503);
      own.reset();
      expect((await grants.list()).total_count).toBe(1);
    } finally {
      server.close();
    }
  });

  it('moves the times of the documents to today, by whole days', () => {
    const later = mockGrantkeeper({ now: () => NOW + 100 * 24 * 60 * 60 * 1_000 });
    const [then, now] = [mock, later].map(({ data }) => Date.parse(data.meGrants[0]?.granted_at ?? ''));
    expect((now ?? 0) - (then ?? 0)).toBe(100 * 24 * 60 * 60 * 1_000);
    const [before, after] = [mock, later].map(({ data }) => data.accountGrants[0]?.payload.exp ?? 0);
    expect((after ?? 0) - (before ?? 0)).toBe(100 * 24 * 60 * 60);
  });
});
