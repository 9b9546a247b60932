import { schedulerHere } from './scheduler.ts';

/** In place of `node:timers/promises`: to sleep is a step, for time passes as the seed says. */
export const timersPromises = {
  setTimeout: async (): Promise<void> => {
    const scheduler = schedulerHere();
    if (!scheduler) throw new Error('nobody sleeps but in a schedule');
    await scheduler.step(
      () => 'sleeps',
      async () => undefined,
      { isSleep: true },
    );
  },
};

/**
 * Lets no time pass for whoever is in a schedule, so that a slow machine changes nothing; gives back how it was. Not by
 * `vi.spyOn`, which would keep every call: gigabytes in some thousand schedules.
 */
export function runInSchedulers(): () => void {
  const real = performance.now;
  performance.now = () => (schedulerHere() ? 0 : real.call(performance));
  return () => {
    performance.now = real;
  };
}
