import type { Outcome } from './traffic.ts';
import type { Watched } from './watch.ts';

/** One load, and what came of it. */
export interface Phase {
  name: string;
  outcome: Outcome;
  watched: Watched;
}

/** What the server does without load. */
export type Unloaded = Pick<Outcome, 'median'>;

/** How long answers may take: medians as multiples of that without load, health in milliseconds. */
export interface TimeLimits {
  slower: number;
  slowerAfterwards: number;
  healthMedianMs: number;
  healthMs: number;
}

export const TIME_LIMITS: TimeLimits = {
  slower: 5,
  slowerAfterwards: 2,
  healthMedianMs: 100,
  healthMs: 1_000,
};

/** For machines that do other work too. Something must still be admitted. */
export const NO_TIME_LIMITS: TimeLimits = {
  slower: Infinity,
  slowerAfterwards: Infinity,
  healthMedianMs: Infinity,
  healthMs: Infinity,
};

const MAX_MEMORY_MIB = 1_024;

/** What a server did not keep of what it promises under load, a line each. */
export function faultsOf(unloaded: Unloaded, phases: Phase[], limits = TIME_LIMITS): string[] {
  return phases.flatMap(({ name, ...phase }) =>
    faultsUnder(unloaded, phase, limits).map((fault) => `${name}: ${fault}`),
  );
}

/** How a server differs from before once the load has ended, a line each. */
export function faultsAfter(
  { median: usual }: Unloaded,
  { statuses, unanswered, median }: Outcome,
  limits = TIME_LIMITS,
): string[] {
  const faults: string[] = [];
  if (!(median <= limits.slowerAfterwards * usual)) {
    faults.push(`afterwards: the median was ${median} ms, ${usual} without load`);
  }
  const isRefusing = [...statuses.keys()].some((status) => status >= 300);
  if (isRefusing || unanswered > 0) faults.push('afterwards: not every request was answered with a 2xx');
  return faults;
}

function faultsUnder(
  { median: usual }: Unloaded,
  { outcome: { statuses, unanswered, median }, watched: { health, failed, memory } }: Omit<Phase, 'name'>,
  limits: TimeLimits,
): string[] {
  const faults: string[] = [];
  for (const [status, count] of statuses) {
    if (status >= 300 && status !== 429 && status !== 503) faults.push(`${count} responses were a ${status}`);
  }
  if (unanswered > 0) faults.push(`${unanswered} requests were not answered`);
  // A median of nothing is not a number, and no less a fault.
  if (!(median <= limits.slower * usual)) {
    faults.push(`the median of admitted requests was ${median} ms, ${usual} without load`);
  }
  for (const [path, { median: usually, longest }] of Object.entries(health)) {
    if (!(usually < limits.healthMedianMs)) faults.push(`${path} took ${usually} ms in the median`);
    if (!(longest <= limits.healthMs)) faults.push(`${path} took ${longest} ms once`);
  }
  for (const failure of new Set(failed)) faults.push(failure);
  if (!(memory <= MAX_MEMORY_MIB)) faults.push(`the server had ${memory} MiB of memory`);
  return faults;
}
