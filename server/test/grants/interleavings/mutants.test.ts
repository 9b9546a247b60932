import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { runSchedule } from './schedule.ts';
import { Stage } from './stage.ts';

vi.mock('node:timers/promises', async () => (await import('./time.ts')).timersPromises);

/** Within so many schedules each is found. */
const MOST = 300;
const SEED = 1;
/** In `npm test` those that take only a few schedules. */
const TRIED = process.env.INTERLEAVINGS ? MUTANTS : MUTANTS.filter(({ isPlain }) => isPlain);

const stage = new Stage(inject('mongoUri'));
beforeAll(() => stage.open());
afterAll(() => stage.close());

it.each(TRIED)(
  'interleavings find it when $name',
  async ({ name, begin, focus }) => {
    const seeds = Array.from({ length: MOST }, (_, index) => SEED + index);
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
  900_000,
);
