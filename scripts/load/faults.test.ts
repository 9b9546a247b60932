import { describe, expect, it } from 'vitest';
import { faultsAfter, faultsOf, NO_TIME_LIMITS } from './faults.ts';

const unloaded = { median: 10 };
const outcome = { statuses: new Map([[200, 90]]), unanswered: 0, median: 50, admitted: 9 };
const quick = { median: 99, longest: 1_000 };
const watched = { health: { '/healthz': quick, '/readyz': quick }, failed: [], memory: 1_024 };
const phase = { name: 'load', outcome, watched };

describe('a load', () => {
  it('has no fault at the bounds, whatever was refused', () => {
    const statuses = new Map([
      [201, 1],
      [429, 7],
      [503, 9],
    ]);
    expect(faultsOf(unloaded, [phase, { ...phase, outcome: { ...outcome, statuses } }])).toEqual([]);
  });

  it.each([
    ['load: 3 responses were a 500', { outcome: { ...outcome, statuses: new Map([[500, 3]]) } }],
    ['load: 2 requests were not answered', { outcome: { ...outcome, unanswered: 2 } }],
    [
      'load: the median of admitted requests was 51 ms, 10 without load',
      { outcome: { ...outcome, median: 51 } },
    ],
    [
      'load: the median of admitted requests was NaN ms, 10 without load',
      { outcome: { ...outcome, median: Number.NaN } },
    ],
    [
      'load: /readyz took 100 ms in the median',
      { watched: { ...watched, health: { '/readyz': { ...quick, median: 100 } } } },
    ],
    [
      'load: /readyz took 1001 ms once',
      { watched: { ...watched, health: { '/readyz': { ...quick, longest: 1_001 } } } },
    ],
    ['load: /readyz: 503', { watched: { ...watched, failed: ['/readyz: 503', '/readyz: 503'] } }],
    ['load: the server had 1025 MiB of memory', { watched: { ...watched, memory: 1_025 } }],
  ])('has one fault: %s', (fault, change) => {
    expect(faultsOf(unloaded, [{ ...phase, ...change }])).toEqual([fault]);
  });
});

it('with no time limits, only times are no fault', () => {
  const slow = {
    outcome: { ...outcome, median: 10_000 },
    watched: { ...watched, health: { '/readyz': { median: 5_000, longest: 9_000 } } },
  };
  expect(faultsOf(unloaded, [{ ...phase, ...slow }], NO_TIME_LIMITS)).toEqual([]);
  expect(faultsAfter(unloaded, slow.outcome, NO_TIME_LIMITS)).toEqual([]);
  const none = { ...outcome, unanswered: 1, median: Number.NaN };
  expect(faultsOf(unloaded, [{ ...phase, outcome: none }], NO_TIME_LIMITS)).toHaveLength(2);
  expect(faultsAfter(unloaded, none, NO_TIME_LIMITS)).toHaveLength(2);
});

it('afterwards a server answers as before', () => {
  const after = { ...outcome, median: 20 };
  expect(faultsAfter(unloaded, after)).toEqual([]);
  expect(faultsAfter(unloaded, { ...after, median: 21 })).toHaveLength(1);
  expect(faultsAfter(unloaded, { ...after, statuses: new Map([[503, 1]]) })).toHaveLength(1);
});
