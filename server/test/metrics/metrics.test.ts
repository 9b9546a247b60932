import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { LASTS } from '../../src/grants/read-model/mark.ts';
import { readPending } from '../../src/metrics/store-readings.ts';
import { eventually } from '../eventually.ts';
import { consentRow, PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { useService } from '../service.ts';
import { type Sample, scrape, valuesOf } from './scraping.ts';

const service = useService({ metrics: true });
const LIST = '/api/v1/oauth-grants';
const admin = { sub: 'admin', account_id: PAGE_GRANT.account_id, permissions: ['account:admin'] };
const REQUESTS = 'grantkeeper_http_request_duration_seconds_count';
const FAILURES = 'grantkeeper_http_failures_total';

/** How much a metric grows while something is done. */
async function growth(name: string, labels: Record<string, string>, work: () => Promise<unknown>) {
  const count = async () => valuesOf(await scrape(service.metricsUrl), name, labels)[0] ?? 0;
  const before = await count();
  await work();
  // The response is there before its end is counted.
  return {
    toBe: (expected: number) => eventually(async () => expect(await count()).toBe(before + expected)),
  };
}

describe('requests', () => {
  it('are counted by operation and status, whoever refuses them', async () => {
    const one = (labels: object, work: () => Promise<unknown>) =>
      growth(REQUESTS, { method: 'GET', operation: 'getOAuthGrant', ...labels }, work);
    const get = (asking: object) => service.ask('GET', `${LIST}/${PAGE_GRANT_ID}`, asking);
    await (await one({ status: '404' }, () => get({ as: admin }))).toBe(1);
    await (await one({ status: '401' }, () => get({}))).toBe(1);
    await (await one({ status: '400' }, () => service.ask('GET', `${LIST}/no-grant`, { as: admin }))).toBe(1);
  });

  it('of HEAD count as such, for the operation that they ask about', async () => {
    const head = () => fetch(`${service.url}/v1/me/grants`, { method: 'HEAD' });
    const labels = { method: 'HEAD', operation: 'listMeGrants', status: '401' };
    await (await growth(REQUESTS, labels, head)).toBe(1);
  });

  it('beside the contracts are counted by where they lead, and no caller can make a series', async () => {
    const seriesBefore = (await scrape(service.metricsUrl)).length;
    for (const path of ['/healthz', '/docs/a', '/docs/b', `/${randomUUID()}`, `/${randomUUID()}/x`])
      await fetch(service.url + path, { method: 'PROPFIND' });
    await eventually(async () => {
      const samples = await scrape(service.metricsUrl);
      const found = samples.filter(({ name, labels }) => name === REQUESTS && labels.method === 'other');
      expect(found.map(({ labels, value }) => [labels.operation, value])).toEqual(
        expect.arrayContaining([
          ['/healthz', 1],
          ['/docs', 2],
          ['none', 2],
        ]),
      );
    });
    const methods = new Set(await labelsNow('method'));
    expect([...methods].every((method) => /^(GET|HEAD|POST|other)$/.test(method))).toBe(true);
    // Three of requests, with their buckets, and as many failures.
    expect((await scrape(service.metricsUrl)).length - seriesBefore).toBeLessThan(70);
  });

  it('that their callers gave up are counted and logged, and are not in flight any more', async () => {
    service.logged.length = 0;
    const path = `${LIST}/revoke`;
    const headers = {
      Authorization: `Bearer ${await service.token(admin)}`,
      'Content-Type': 'application/json',
      'Content-Length': 100,
    };
    const inFlight = async () =>
      valuesOf(await scrape(service.metricsUrl), 'grantkeeper_http_requests_in_flight');
    const labels = { operation: 'revokeOAuthGrants', status: 'aborted' };
    const given = await growth(REQUESTS, labels, async () => {
      const asking = request(service.url + path, { method: 'POST', headers });
      asking.on('error', () => undefined).write('{');
      await eventually(async () => expect(await inFlight()).toEqual([1]));
      asking.destroy();
    });
    await given.toBe(1);
    expect(await inFlight()).toEqual([0]);
    const lines = service.logged.map((line) => JSON.parse(line));
    expect(lines.filter(({ operation }) => operation === 'revokeOAuthGrants')).toMatchObject([
      { operation: 'revokeOAuthGrants', msg: 'request aborted' },
    ]);
  });

  it('that fail are counted by the reason that the log has', async () => {
    service.logged.length = 0;
    const ask = () => service.ask('GET', LIST, { headers: { Authorization: 'Bearer nonsense' } });
    const labels = { operation: 'listOAuthGrants', reason: 'token-invalid' };
    await (await growth(FAILURES, labels, ask)).toBe(1);
    expect(JSON.parse(service.logged[0] ?? '{}').problem.reason).toBe('token-invalid');
  });
});

describe('what is in the database', () => {
  const minute = 60_000;
  const ago = (milliseconds: number) => new Date(service.now.getTime() - milliseconds);

  it('that lists have to take in is counted, with the age of the oldest, until it is taken in', async () => {
    const expires_at = new Date(service.now.getTime() + minute);
    await service.store.refreshTokens.insertMany([
      tokenRow({ updated_at: ago(minute), expires_at }),
      tokenRow({ updated_at: ago(2 * minute), expires_at }),
    ]);
    await service.store.consents.create(consentRow({ _id: 'c', updated_at: ago(5_000) }));
    const found = async (name: string) => {
      const samples = await scrape(service.metricsUrl);
      return ['refresh_tokens', 'consents'].map((collection) => valuesOf(samples, name, { collection })[0]);
    };
    expect(await found('grantkeeper_pending_rows')).toEqual([2, 1]);
    expect(await found('grantkeeper_pending_oldest_seconds')).toEqual([120, 5]);
    await service.ask('GET', LIST, { as: admin });
    expect(await found('grantkeeper_pending_rows')).toEqual([0, 0]);
    expect(await found('grantkeeper_pending_oldest_seconds')).toEqual([0, 0]);
  });

  it('and how many rows a server has left that takes in a backlog', async () => {
    const { state } = service.model.store;
    const lease = { holder: 'another', until: new Date(Date.now() + minute) };
    await state.insertOne({ _id: 'grants', lease, backlog: { left: 9_000, rate: 3_000 } });
    expect(valuesOf(await scrape(service.metricsUrl), 'grantkeeper_backlog_rows')).toEqual([9_000]);
  });

  it('of suspensions and revocations is counted while it lasts, and apart where it is overdue', async () => {
    const found = async () => {
      const samples = await scrape(service.metricsUrl);
      const names = [
        'suspensions',
        'suspensions_overdue',
        'revocation_batches',
        'revocation_batches_cut_off',
      ];
      return names.map((name) => valuesOf(samples, `grantkeeper_${name}`)[0]);
    };
    await service.store.refreshTokens.create(tokenRow({ expires_at: null }));
    const suspended = await service.ask('POST', `${LIST}/${PAGE_GRANT_ID}/suspend`, { as: admin });
    expect(suspended.status).toBe(200);
    expect(await found()).toEqual([1, 0, 0, 0]);
    await service.model.store.suspensions.updateOne(LASTS, { $set: { until: ago(3 * minute) } });
    const batch = (tried_at: Date) => ({
      ...{ _id: randomUUID(), revocation_id: 'r', mark: 'm', hashes: [], account_ids: [] },
      ...{ chosen: { grants: [] }, status: 'active' as const, include_consent: false },
      ...{ at: tried_at, begun_at: tried_at, tried_at, finished_at: null },
    });
    const now = Date.now();
    await service.model.store.batches.insertMany([batch(new Date(now)), batch(new Date(now - 3 * minute))]);
    expect(await found()).toEqual([1, 1, 2, 1]);
  });

  it('is counted up to 10,000, at a cost that has an end', async () => {
    const rows = Array.from({ length: 10_050 }, (_, index) => ({
      _id: `r${index}`,
      updated_at: service.now,
    }));
    await service.model.store.rows.insertMany(rows);
    expect((await readPending(service.model, 60_000)).refresh_tokens).toEqual({ count: 10_000, oldest: 0 });
  });
});

describe('the address of the metrics', () => {
  it('serves them in the text format of Prometheus, with those of the process', async () => {
    const response = await fetch(service.metricsUrl);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const samples = await scrape(service.metricsUrl);
    expect(valuesOf(samples, 'grantkeeper_build_info')).toEqual([1]);
    expect(valuesOf(samples, 'grantkeeper_database_up')).toEqual([1]);
    expect(valuesOf(samples, 'process_cpu_seconds_total')).toHaveLength(1);
    expect(valuesOf(samples, 'nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
  });

  it('serves nothing else, and the API does not serve them', async () => {
    const statusOf = async (url: string, method = 'GET') => (await fetch(url, { method })).status;
    expect(await statusOf(service.metricsUrl.replace('/metrics', '/'))).toBe(404);
    expect(await statusOf(service.metricsUrl, 'POST')).toBe(405);
    expect(await statusOf(`${service.url}/metrics`)).toBe(404);
  });
});

async function labelsNow(label: string): Promise<string[]> {
  const samples: Sample[] = await scrape(service.metricsUrl);
  return samples.flatMap(({ labels }) => labels[label] ?? []);
}
