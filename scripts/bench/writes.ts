import type { GrantModel } from '../../server/src/grants/read-model/model.ts';
import { ACCOUNT, grantsOf, peopleOfProject } from './rows.ts';
import type { Served } from './service.ts';
import { inTurn, repeat, round, type Times, time } from './timing.ts';

/** Uses tokens as another program would. */
export function useTokens(model: GrantModel, ids: string[]): Promise<unknown> {
  const now = new Date();
  return model.store.rows.updateMany(
    { _id: { $in: ids } },
    { $set: { last_used_at: now, updated_at: now }, $unset: { grouped: '' } },
  );
}

/** Uses a token of each of a thousand grants, as another program would, and measures the model taking that in. */
export function refreshesOfChanges(model: GrantModel, rows: number, rounds: number): Promise<Times> {
  const use = (turn: number) =>
    useTokens(
      model,
      Array.from({ length: 1_000 }, (_, index) => `token-${((index + turn * 1_000) % grantsOf(rows)) * 5}`),
    );
  return repeat(rounds, use, () => model.refresh());
}

/** A bulk revocation of a project, and the lists before and after it. */
export async function revokeByFilter(served: Served) {
  const before = (await inTurn(10, { lists: served.list })).lists;
  const { milliseconds: by_filter, memory } = await withMemory(() =>
    served.revoke({ project_id: 'project-0' }),
  );
  const first_list = round(await time(served.list));
  const { lists } = await inTurn(10, { lists: served.list });
  return { by_filter, memory, lists_before: before, first_list, lists };
}

/** One raw update of as many rows as the revocation by filter; an index finds them in one stretch. */
export async function rawUpdate(model: GrantModel, rows: number) {
  const now = new Date();
  const which = { account_id: ACCOUNT, user_id: peopleOfProject(1, rows), revoked_at: null };
  const update = { $set: { revoked_at: now, updated_at: now }, $unset: { grouped: '' } } as const;
  const raw = round(await time(() => model.store.rows.updateMany(which, update)));
  const refresh_after_raw = round(await time(() => model.refreshWhole()));
  return { raw, refresh_after_raw };
}

/** Measures how long work takes, and by how many MB the process grows meanwhile. */
export async function withMemory(
  work: () => Promise<unknown>,
): Promise<{ milliseconds: number; memory: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  const milliseconds = round(await time(work));
  clearInterval(watch);
  return { milliseconds, memory: Math.round((most - before) / 2 ** 20) };
}
