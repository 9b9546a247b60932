import { isOver, keepRenewing, lasting } from '../../database/lease.ts';
import type { GrantModel } from '../read-model/model.ts';
import { chunksOf, previewStoreOf, type StoredPreview } from './preview-store.ts';

/** How long a request may be silent before another may take over, and how often it renews; as for idempotency keys. */
const DURATION = 20_000;
const RENEWAL = 5_000;

/** What stands in the way of executing a preview. */
export type Refusal =
  | { refused: 'expired' }
  | { refused: 'executing' }
  /** `isOwn` if the same request took part, in an attempt before this one. */
  | { refused: 'executed'; isOwn: boolean; revoked_tokens: number; revoked_consents: number };

/** The right to execute a preview, held by one request at a time. */
export class PreviewLease {
  /** As it was when the lease was taken. */
  readonly preview: StoredPreview;
  readonly #model: GrantModel;
  readonly #holder: string;
  readonly #stopRenewing: () => void;

  private constructor(model: GrantModel, preview: StoredPreview, holder: string) {
    this.#model = model;
    this.preview = preview;
    this.#holder = holder;
    const onFailure = (err: unknown) => model.log.warn({ err }, 'could not renew the lease of a preview');
    this.#stopRenewing = keepRenewing(() => this.renew(), RENEWAL, onFailure);
  }

  /**
   * Takes the lease by compare-and-set, or says why not.
   *
   * @param request the id of the request, which its repetitions share
   */
  static async take(
    model: GrantModel,
    id: string,
    { by, request }: { by: string; request: string },
  ): Promise<PreviewLease | Refusal> {
    const { previews, chunks } = previewStoreOf(model.collections);
    const own = { _id: { $eq: id }, by: { $eq: by } };
    const holder = model.newId();
    const claim = { kept_from: '$$NOW', lease: { holder, until: lasting(DURATION) } };
    const taken = await previews.findOneAndUpdate(
      { ...own, executed_at: null, $expr: isOver('$lease.until') },
      [{ $set: claim }],
      { returnDocument: 'after' },
    );
    if (taken) {
      // Not deleted in the middle of it.
      await chunks.updateMany(chunksOf(id), { $currentDate: { kept_from: true } });
      return new PreviewLease(model, taken, holder);
    }
    const known = await previews.findOne(own);
    if (!known) return { refused: 'expired' };
    const { executed_at, begun_by = [], revoked_tokens, revoked_consents } = known;
    if (!executed_at) return { refused: 'executing' };
    return { refused: 'executed', isOwn: begun_by.includes(request), revoked_tokens, revoked_consents };
  }

  /**
   * Records that the grants are being revoked from now on, or still, and that a request takes part. Returns false if
   * another one has taken over.
   */
  async begin(now: Date, request: string): Promise<boolean> {
    const { matchedCount } = await this.#previews.updateOne(this.#own, {
      $set: { begun_at: this.preview.begun_at ?? now },
      $addToSet: { begun_by: request },
    });
    return matchedCount === 1;
  }

  /** Makes the lease last longer. Returns false if another request has taken over. */
  async renew(): Promise<boolean> {
    const until = [{ $set: { 'lease.until': lasting(DURATION) } }];
    const { matchedCount } = await this.#previews.updateOne(this.#own, until);
    return matchedCount === 1;
  }

  /** Ends the lease, so that another request may take it at once. */
  async release(): Promise<void> {
    this.#stopRenewing();
    await this.#previews.updateOne(this.#own, { $unset: { lease: '' } });
  }

  get #previews() {
    return previewStoreOf(this.#model.collections).previews;
  }

  get #own() {
    return { _id: this.preview._id, 'lease.holder': this.#holder };
  }
}
