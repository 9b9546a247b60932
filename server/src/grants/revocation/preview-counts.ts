import { READ_LIMIT_MS } from '../../database/connect.ts';
import { hintOf } from '../read-model/mark.ts';
import type { GrantModel } from '../read-model/model.ts';
import { inBatches } from '../rows/batches.ts';
import { consentKey } from '../rows/consent-ids.ts';
import type { RevocationBatch } from '../rows/store.ts';
import { consentsToRevoke, rowsToRevoke } from './batch.ts';
import { areTheirs } from './by-filter.ts';
import { BY_IDENTITY } from './by-identity.ts';
import type { PreviewedGrant, Selection } from './preview-store.ts';

interface Batch extends Pick<RevocationBatch, 'chosen' | 'hashes' | 'status' | 'at'> {
  lastUser: string | undefined;
}

/** Counts what a revocation would change, batch by batch. */
export class PreviewCounts {
  tokens = 0;
  consents = 0;
  readonly #model: GrantModel;
  readonly #selection: Selection;
  readonly #options: { include_consent: boolean; now: Date };
  /** The user whose grants came last, and their consents: the next batch may have more of their grants. */
  #lastUser: string | undefined;
  #consentsOfLastUser = new Set<string>();

  constructor(model: GrantModel, selection: Selection, options: { include_consent: boolean; now: Date }) {
    this.#model = model;
    this.#selection = selection;
    this.#options = options;
  }

  /** Adds grants, which must come in the order of `compareGrants`. */
  async add(grants: PreviewedGrant[]): Promise<void> {
    const { rows } = this.#model.store;
    for await (const batch of this.#batchesOf(grants)) {
      const options = { ...hintOf(batch), maxTimeMS: READ_LIMIT_MS };
      this.tokens += await rows.countDocuments(rowsToRevoke(batch), options);
      if (this.#options.include_consent) await this.#addConsents(batch);
    }
  }

  /** As a revocation finds them: by their hashes, unless another grant shares one of these. */
  async *#batchesOf(grants: PreviewedGrant[]): AsyncGenerator<Batch> {
    const { filter, status } = this.#selection;
    const batchOf = (some: PreviewedGrant[], chosen?: Batch['chosen']): Batch => ({
      hashes: some.map(({ grant_hash }) => grant_hash),
      chosen: chosen ?? { filter },
      status,
      at: this.#options.now,
      lastUser: some.at(-1)?.identity.user_id,
    });
    const all = batchOf(grants);
    if (await areTheirs(this.#model, all.hashes)) {
      yield all;
      return;
    }
    for await (const some of inBatches(grants, BY_IDENTITY)) {
      yield batchOf(some, { grants: some.map(({ identity }) => identity) });
    }
  }

  /** A consent belongs to one user, so that only those of the last user may have been counted before. */
  async #addConsents(batch: Batch): Promise<void> {
    const found = await consentsToRevoke(this.#model.store, batch);
    this.consents += found.filter(({ _id }) => !this.#consentsOfLastUser.has(consentKey(_id))).length;
    if (batch.lastUser !== this.#lastUser) this.#consentsOfLastUser.clear();
    this.#lastUser = batch.lastUser;
    for (const { _id, user_id } of found) {
      if (user_id === this.#lastUser) this.#consentsOfLastUser.add(consentKey(_id));
    }
  }
}
