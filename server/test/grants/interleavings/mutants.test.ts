import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { aroundOf, MUTANTS } from './mutants.ts';
import { runSchedule } from './schedule.ts';
import { Stage } from './stage.ts';

vi.mock('node:timers/promises', async () => (await import('./time.ts')).timersPromises);

/** Within so many schedules each is found. */
const MOST = 400;
const SEED = Number(process.env.SEED ?? 1);
const stage = new Stage(inject('mongoUri'));
beforeAll(() => stage.open());
afterAll(() => stage.close());

it.each(MUTANTS)(
  'is found out: $name',
  async (mutant) => {
    const seeds = Array.from({ length: MOST }, (_, index) => SEED + index);
    const outcomes = await stage.each(
      seeds,
      (seed, collections) => runSchedule({ seed, collections, ...aroundOf(mutant) }),
      ({ failure }) => failure !== undefined,
    );
    const found = outcomes.find(({ failure }) => failure);
    if (process.env.SHOW)
      process.stdout.write(`${mutant.name}: seed ${found?.seed}: ${found?.failure?.message.slice(0, 250)}\n`);
    expect(found, `in ${outcomes.length} schedules`).toBeDefined();
  },
  600_000,
);
