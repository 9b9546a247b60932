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
    const outcomes = stage.each(seeds, (seed, collections) =>
      runSchedule({ seed, collections, ...aroundOf(mutant) }),
    );
    let found: number | undefined;
    for await (const { seed, failure } of outcomes) {
      if (failure) {
        found = seed;
        if (process.env.SHOW) process.stdout.write(`${mutant.name}: seed ${seed}: ${failure.message.slice(0, 300)}\n`);
        break;
      }
    }
    expect(found).toBeDefined();
  },
  600_000,
);
