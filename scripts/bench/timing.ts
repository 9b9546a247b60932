import { performance } from 'node:perf_hooks';

/** How long something took over several rounds, in milliseconds. */
export interface Times {
  median: number;
  p95: number;
  rounds: number;
}

export function summarize(times: number[]): Times {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { median: at(0.5), p95: at(0.95), rounds: sorted.length };
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}

/** How long one run takes, in milliseconds. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs several ways in turn, so that a noisy moment of the machine hits all of them. With more than three rounds, a
 * warm-up round comes first.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  ways: Record<Name, () => Promise<unknown>>,
): Promise<Record<Name, Times>> {
  const times: Partial<Record<Name, number[]>> = {};
  for (let turn = rounds > 3 ? -1 : 0; turn < rounds; turn += 1) {
    for (const name in ways) {
      const took = await time(ways[name]);
      if (turn >= 0) times[name] = [...(times[name] ?? []), took];
    }
  }
  const summaries: Partial<Record<Name, Times>> = {};
  for (const name in ways) summaries[name] = summarize(times[name] ?? []);
  return summaries as Record<Name, Times>;
}

/** Repeats work, each time after a preparation that is not measured. */
export async function repeat(
  rounds: number,
  prepare: (turn: number) => Promise<unknown>,
  work: () => Promise<unknown>,
): Promise<Times> {
  const times: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    await prepare(turn);
    times.push(await time(work));
  }
  return summarize(times);
}

const started = performance.now();

/** Reports the current step and the time since the start on standard error. */
export function progress(message: string): void {
  const seconds = ((performance.now() - started) / 1_000).toFixed(0).padStart(5);
  process.stderr.write(`${seconds} s  ${message}\n`);
}
