import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { runSchedule } from './schedule.ts';
import { Stage } from './stage.ts';

vi.mock('node:timers/promises', async () => (await import('./time.ts')).timersPromises);

/** Within so many schedules each is found. */
const MAX_SCHEDULES = 1_000;
const stage = new Stage();
beforeAll(() => stage.open());
afterAll(() => stage.close());

it.each(MUTANTS)(
  'interleavings find it when $name',
  async ({ name, begin, focus, from = 1 }) => {
    const seeds = Array.from({ length: MAX_SCHEDULES }, (_, index) => from + index);
    const outcomes = await stage.each(
      seeds,
      (seed, collections) => runSchedule({ seed, collections, focus, around: begin() }),
      ({ failure }) => failure !== undefined,
    );
    const found = outcomes.find(({ failure }) => failure);
    expect(found, `in ${outcomes.length} schedules`).toBeDefined();
    if (!found) return;
    const [proper] = await stage.each(
      [found.seed],
      (seed, collections) => runSchedule({ seed, collections, focus }),
      () => true,
    );
    expect(proper?.failure, `without the mutant, seed ${found.seed}`).toBeUndefined();
    process.stdout.write(`  ${name}: found by schedule ${found.seed}\n`);
  },
  1_800_000,
);
