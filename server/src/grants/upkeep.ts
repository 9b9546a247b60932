import { findForgotten } from './read-model/find-forgotten.ts';
import type { GrantModel } from './read-model/model.ts';
import { finishRevocations } from './revocation/finish.ts';

/** How often each runs, in milliseconds. Cut-off revocations are finished within a minute. */
const TASKS = [
  { every: 15_000, work: finishRevocations },
  { every: 60_000, work: findForgotten },
] as const;

/**
 * Runs the background work that no request does: finishes revocations that were cut off, and finds rows whose writer
 * did not unset `grouped`. A failure is logged, and the task runs again when it is due.
 *
 * @returns stops it; resolves once running tasks are done
 */
export function startUpkeep(model: GrantModel): () => Promise<void> {
  const running = new Set<Promise<unknown>>();
  const timers = TASKS.map(({ every, work }) => {
    let isRunning = false;
    const run = async () => {
      if (isRunning) return;
      isRunning = true;
      const task = work(model).catch((error: unknown) => model.log.warn({ err: error }, 'upkeep failed'));
      running.add(task);
      await task;
      running.delete(task);
      isRunning = false;
    };
    return setInterval(() => void run(), every).unref();
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.all([...running, model.backlog.stop()]);
  };
}
