import { finishEvents } from './audit/finish.ts';
import { findForgotten } from './read-model/find-forgotten.ts';
import { keepParties } from './read-model/keep-parties.ts';
import type { GrantModel } from './read-model/model.ts';
import { finishRevocations } from './revocation/finish.ts';
import { keepSuspensions } from './revocation/keep-suspensions.ts';

/** How often each runs, in milliseconds. Cut-off revocations are finished within a minute. */
const TASKS = [
  { every: 15_000, work: finishRevocations },
  { every: 15_000, work: keepSuspensions },
  { every: 15_000, work: finishEvents },
  { every: 15_000, work: keepParties },
  { every: 60_000, work: findForgotten },
] as const;

/**
 * Runs the background work that no request does: finishes revocations and events that were cut off, ends suspensions that
 * nobody ended, keeps what searches find up to date, and finds rows whose writer did not unset `grouped`. A failure is
 * logged, and the task runs again when it is due.
 *
 * @returns stops it; resolves once running tasks are done
 */
export function startUpkeep(model: GrantModel): () => Promise<unknown> {
  const running = new Map<unknown, Promise<unknown>>();
  const timers = TASKS.map(({ every, work }) => {
    const run = () => {
      if (running.has(work)) return;
      const task = work(model)
        .catch((error: unknown) => model.log.warn({ err: error }, 'upkeep failed'))
        .finally(() => running.delete(work));
      running.set(work, task);
    };
    return setInterval(run, every).unref();
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
    return Promise.all(running.values());
  };
}
