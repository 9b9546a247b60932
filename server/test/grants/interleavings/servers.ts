import type { Collections } from '../../../src/database/collections.ts';
import { revokeConsent } from '../../../src/grants/consents.ts';
import { listGrants, missingGrants } from '../../../src/grants/listing.ts';
import { GrantModel } from '../../../src/grants/read-model/model.ts';
import { revokeMatchingGrants } from '../../../src/grants/revocation/by-filter.ts';
import { revokeGrants } from '../../../src/grants/revocation/by-identity.ts';
import { restoreGrant, suspendGrant } from '../../../src/grants/revocation/suspend.ts';
import type { Store } from '../../../src/grants/rows/store.ts';
import { writeGrant } from '../../../src/oauth-grants/wire.ts';
import { ASKED } from '../../rows.ts';
import type { Status } from '../reference.ts';
import { mistakesOf } from './freshness.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { Suspensions } from './suspensions.ts';
import { ACCOUNTS, CONSENTS, identityOf, USERS } from './writer.ts';

/** Longer than any schedule. */
const FOR_EVER = 3_600_000;

/** Two minutes: in some schedules the window ends. */
const SUSPENSION_DAYS = 2 / (24 * 60);

export interface ProcessOptions {
  collections: Collections;
  store: Store;
  history: History;
  random: Random;
  batchSize: number;
  lookLimit: number;
  /** How it revokes, where the seed does not decide. */
  revokesBy?: RevokesBy | undefined;
}

const WAYS = ['identity', 'filter', 'consent'] as const;
export type RevokesBy = (typeof WAYS)[number];

/** A process of ours: a server, or a command that an administrator runs. */
export class ModelProcess {
  readonly name: string;
  readonly model: GrantModel;
  readonly #history: History;
  readonly #random: Random;
  readonly #revokesBy: RevokesBy | undefined;
  #ids = 0;

  constructor(name: string, { history, random, revokesBy, ...options }: ProcessOptions) {
    this.name = name;
    this.#revokesBy = revokesBy;
    this.#history = history;
    this.#random = random;
    this.model = new GrantModel({
      ...options,
      collections: withoutIndexing(options.collections),
      clock: () => history.now,
      patience: FOR_EVER,
      suspensionDays: SUSPENSION_DAYS,
      newId: () => {
        this.#ids += 1;
        return `${name}#${this.#ids}`;
      },
    });
  }

  /** Asks for lists, and compares each with what the rows have been since. */
  async list(count: number): Promise<void> {
    const statuses: [Status, ...Status[]] = ['all', 'all', 'active', 'expired', 'revoked'];
    for (let done = 0; done < count; done += 1) {
      await this.listOnce(this.#random.of([ACCOUNTS[0], ...ACCOUNTS]), this.#random.of(statuses));
    }
  }

  async listOnce(account_id: string, status: Status): Promise<void> {
    const began = this.#history.latest;
    const { grants, total_count } = await listGrants(this.model, {
      filter: { account_id },
      status,
      sort_by: 'granted_at',
      sort_order: 'asc',
      offset: 0,
      limit: 1_000,
    });
    const mistakes = mistakesOf(
      { account_id, status, grants: grants.map(writeGrant), total_count, began, ended: this.#history.latest },
      this.#history,
    );
    if (mistakes.length > 0) {
      throw new Error(`a list of ${account_id} (${status}) of ${this.name}: ${mistakes.join('; ')}`);
    }
  }

  /** Suspends a grant, and restores it or another half of the time. */
  async suspend(suspensions: Suspensions, steps: () => number): Promise<void> {
    const { model } = this;
    const rows = [...this.#history.at(this.#history.latest).rows.values()];
    const row = this.#random.maybeOf(rows);
    if (!row) return;
    const identity = identityOf(row);
    if ((await missingGrants(model, [identity])).length > 0) return;
    const options = () => ({ id: model.newId(), asked: ASKED, rank: 2, now: this.#history.now });
    if (await suspendGrant(model, identity, options())) suspensions.answer(identity, steps());
    const other = this.#random.chance(0.5) ? this.#random.maybeOf([row, ...rows]) : undefined;
    if (other) await restoreGrant(model, identityOf(other), options());
  }

  /** Revokes one grant, what a filter chooses, or a person's consent. */
  async revoke(): Promise<void> {
    const { model } = this;
    const random = this.#random;
    const now = this.#history.now;
    const options = {
      id: model.newId(),
      asked: ASKED,
      include_consent: random.chance(0.5),
      now,
      stopping: new AbortController().signal,
    };
    const way = WAYS[random.below(WAYS.length)];
    switch (this.#revokesBy ?? way) {
      case 'identity': {
        const row = random.maybeOf([...this.#history.at(this.#history.latest).rows.values()]);
        if (!row) return;
        const identity = identityOf(row);
        if ((await missingGrants(model, [identity])).length > 0) return;
        await revokeGrants(model, [identity], options);
        return;
      }
      case 'filter': {
        const filter = {
          account_id: random.of(ACCOUNTS),
          ...(random.chance(0.5) ? { user_id: random.of(USERS) } : {}),
        };
        const status = random.of(['active', 'active', 'all', 'expired'] as const);
        await revokeMatchingGrants(model, { filter, status }, options);
        return;
      }
      default: {
        const consent_id = random.of(CONSENTS);
        const consent = this.#history.at(this.#history.latest).consents.get(consent_id);
        if (consent) await revokeConsent(model, { ...options, consent_id, user_id: consent.user_id, now });
      }
    }
  }
}

/** Indexes stay, and to make them anew would be no step. */
function withoutIndexing(collections: Collections): Collections {
  const schema = { indexes: () => [] };
  const grants = new Proxy(collections.grants, {
    get: (target, name) => (name === 'schema' ? schema : Reflect.get(target, name)),
  });
  return { ...collections, grants };
}
