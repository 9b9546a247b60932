import { expect, it } from 'vitest';
import { readLibrary } from '../../src/docs/library.ts';
import { samplesOf } from '../../src/docs/samples.ts';
import { faultsOf } from './faults.ts';

const { operations } = readLibrary();

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
