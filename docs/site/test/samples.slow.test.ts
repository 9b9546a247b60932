import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useService } from '../../../server/test/service.ts';
import { readDocumentation } from '../library/documentation.ts';
import { samplesOf } from '../library/samples.ts';
import { faultsOf } from './faults.ts';

const { operations } = readDocumentation();

it('every sample of every operation type-checks against the SDK', () => {
  const samples = operations.flatMap(samplesOf).map(({ typescript }) => typescript);
  expect(samples.length).toBeGreaterThan(operations.length);
  expect(faultsOf(samples)).toEqual([]);
});

it('would notice a sample that does not', () => {
  const sample = operations.flatMap(samplesOf).find(({ title }) => title === 'Filter-based');
  const stale = sample?.typescript.replace('client_id', 'clientId') ?? '';
  expect(faultsOf([stale]).join()).toContain("'clientId' does not exist");
});

it('every operation is called by its method and path, with curl', () => {
  for (const operation of operations) {
    const { method, path } = operation;
    for (const { curl } of samplesOf(operation)) {
      expect(curl).toContain(path.split('{')[0]);
      expect(curl.includes(`-X ${method}`)).toBe(method !== 'GET');
      expect(curl).toContain('Authorization: Bearer $TOKEN');
    }
  }
});

it('every operation is called in every language, with its address, token and body', () => {
  for (const operation of operations) {
    for (const { curl, others } of samplesOf(operation)) {
      const url = /'(http.*?)'/.exec(curl)?.[1] ?? '';
      const value = /"([a-z0-9_]{4,})"/.exec(/-d '(.*)'/s.exec(curl)?.[1] ?? '')?.[1] ?? '';
      expect(others.map(({ language }) => language)).toEqual([
        ...['js', 'python', 'go', 'java', 'csharp', 'php', 'ruby'],
      ]);
      for (const { label, code } of others) {
        expect(decodeURIComponent(code), label).toContain(decodeURIComponent(url).split('?')[0]);
        expect(code, label).toContain('Bearer YOUR_TOKEN');
        expect(code, label).toContain(value);
        // A server puts its own address there: what else says a port would be wrong.
        expect(code.replaceAll(operation.server, ''), label).not.toContain('3000');
      }
    }
  }
});

describe('the samples for curl', () => {
  const service = useService();
  const admin = {
    sub: '67e000dd2125fc47eb9ed815',
    account_id: '652feb8b38902b2e2245a2fb',
    permissions: ['account:admin'],
    scope: 'all openid urn:logto:scope:sessions',
  };

  it.each(
    operations.flatMap((operation) => samplesOf(operation).map((sample) => ({ ...operation, ...sample }))),
  )('of $operationId is understood as it stands: $title', async ({ curl, server, responses }) => {
    await service.store.verificationRecords.create({
      _id: 'verification-demo',
      user_id: admin.sub,
      type: 'Password',
      verified: true,
      expires_at: new Date('2026-06-02'),
    });
    const script = `${curl.replaceAll(server, service.url)} --silent --output /dev/null --write-out '%{http_code}'`;
    const TOKEN = await service.token(admin);
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: { ...process.env, TOKEN } });
    expect(Object.keys(responses)).toContain(stdout);
    // What the examples name is not in this store, and their preview was signed elsewhere.
    expect(stdout).toMatch(curl.includes('preview_token') ? /^400$/ : /^2..$|^404$/);
  });
});
