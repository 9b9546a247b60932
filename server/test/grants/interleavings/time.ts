import { vi } from 'vitest';
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

/** Lets no time pass for whoever is in a schedule, so that a slow machine changes nothing; gives back how it was. */
export function runInSchedulers(): () => void {
  const real = performance.now.bind(performance);
  const now = vi.spyOn(performance, 'now').mockImplementation(() => (schedulerHere() ? 0 : real()));
  return () => now.mockRestore();
}
