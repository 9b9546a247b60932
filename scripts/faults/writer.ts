import { setTimeout as sleep } from 'node:timers/promises';
import type { Collections, RefreshTokenRow } from '../../server/src/database/collections.ts';
import type { Chance } from '../../server/src/demo/random.ts';
import { type Store, storeOf } from '../../server/src/grants/rows/store.ts';
import { issued } from './calls.ts';
import type { Issued } from './history.ts';
import { ACCOUNT, isLiveKind, type World } from './world.ts';

/** The pause between two writes, in milliseconds. */
const PAUSE = 25;

/** Another program, which issues tokens to a few people and uses them, as docs/guides/store.md says. */
export class Writer {
  readonly issued: Issued[] = [];
  readonly #rows: Store['rows'];
  readonly #chance: Chance;
  readonly #grants: RefreshTokenRow[];

  constructor(collections: Collections, chance: Chance, { tokens, busy }: World) {
    this.#rows = storeOf(collections).rows;
    this.#chance = chance;
    const isBusy = new Set(busy);
    this.#grants = tokens.filter(
      (row) => isLiveKind(row) && row.account_id === ACCOUNT && isBusy.has(row.user_id),
    );
  }

  /** Writes until it is told to stop. */
  async run(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const grant = this.#chance.pick(this.#grants);
      if (this.#chance.often(70)) await this.issue(issued(`issued-${this.issued.length}`, grant));
      else await this.#use(grant);
      await sleep(PAUSE);
    }
  }

  /** Stores a token; tries only once. */
  async issue(row: RefreshTokenRow): Promise<void> {
    const one: Issued = { row, begun: performance.now(), acknowledged: undefined };
    this.issued.push(one);
    await this.#rows.insertOne({ ...row }).then(
      () => {
        one.acknowledged = performance.now();
      },
      () => undefined,
    );
  }

  async #use({ _id }: RefreshTokenRow): Promise<void> {
    const now = new Date();
    const set = { $set: { last_used_at: now, updated_at: now }, $unset: { grouped: '' } } as const;
    await this.#rows.updateOne({ _id }, set).catch(() => undefined);
  }
}
