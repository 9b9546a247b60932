import { afterAll, beforeAll, it, vi } from 'vitest';
import { times } from '../../effort.ts';
import { runSchedule } from './schedule.ts';
import { Stage } from './stage.ts';

vi.mock('node:timers/promises', async () => (await import('./time.ts')).timersPromises);

const RUNS = Number(process.env.INTERLEAVINGS ?? times(30, 300));
const SEED = Number(process.env.SEED ?? 1);
const stage = new Stage();
beforeAll(() => stage.open());
afterAll(() => stage.close());

it(
  'lists are what the rows say, and so is what is left in the end, in whatever order commands come and whoever crashes',
  async () => {
    const seeds = Array.from({ length: RUNS }, (_, index) => SEED + index);
    const outcomes = await stage.each(
      seeds,
      (seed, collections) => runSchedule({ seed, collections }),
      ({ failure }) => failure !== undefined,
    );
    for (const { seed, failure } of outcomes) if (failure) throw new Error(toRepeat(seed, failure));
    const commands = outcomes.reduce((sum, outcome) => sum + outcome.commands, 0);
    process.stdout.write(`  interleavings: ${RUNS} schedules from seed ${SEED}, ${commands} commands\n`);
  },
  30_000 + RUNS * 6_000,
);

function toRepeat(seed: number, { message, trace }: { message: string; trace: string[] }): string {
  const command = `npm run test:interleavings -- --runs 1 --seed ${seed} --no-mutants`;
  return `seed ${seed}; to repeat it: ${command}\n${message}\n\n${trace.join('\n')}\n`;
}
