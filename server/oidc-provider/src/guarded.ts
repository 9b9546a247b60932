import type { Adapter, AdapterPayload } from 'oidc-provider';
import { requestOf } from './request.ts';
import { type Context, checkGrantId, dateOf, type Reason, type TokenRow, written } from './store.ts';

/** What was so when it was written, of what belongs to a grant. */
interface Stamped extends AdapterPayload {
  /** How many refresh tokens of its grant and resource had been revoked. Clocks that differ change nothing. */
  revoked_before?: number;
  /** The row of the refresh token that an access token was issued with. */
  issued_with?: string;
}

/**
 * Codes, access tokens, sessions and the like, wherever they are kept: what belongs to a revoked grant is not found, and
 * what lives as long as a session ends with it.
 */
export class Guarded implements Adapter {
  readonly #store: Context;
  readonly #kind: string;
  readonly #kept: Adapter;

  constructor(store: Context, kind: string, kept: Adapter) {
    this.#store = store;
    this.#kind = kind;
    this.#kept = kept;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const stamped: Stamped = { ...payload };
    if (payload.grantId) {
      const token = requestOf()?.refreshToken;
      if (token !== undefined) stamped.issued_with = token;
      stamped.revoked_before = await this.#countRevoked(payload);
    }
    await this.#kept.upsert(id, stamped, expiresIn);
    const expiry = dateOf(payload.exp);
    if (this.#kind === 'Session' && payload.uid && expiry) await this.#moveExpiry(payload.uid, expiry);
  }

  /** The tokens that die with a session expire with it, whenever that is. */
  async #moveExpiry(uid: string, session: Date): Promise<void> {
    const own = { $toDate: { $multiply: ['$oidc.exp', 1_000] } };
    await this.#store.tokens.updateMany(boundTo(uid), [
      { $set: { expires_at: { $min: [own, session] }, updated_at: this.#store.clock() } },
      { $unset: 'grouped' },
    ]);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#standing((await this.#kept.find(id)) ?? undefined);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#standing((await this.#kept.findByUid(uid)) ?? undefined);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#standing((await this.#kept.findByUserCode(userCode)) ?? undefined);
  }

  async #standing(found: Stamped | undefined): Promise<AdapterPayload | undefined> {
    if (!found?.grantId) return found;
    const { revoked_before, issued_with, ...payload } = found;
    const _id = found.grantId;
    const consent = await this.#store.consents.findOne({ _id }, { projection: { revoked_at: 1 } });
    const isRevoked = consent !== null && consent.revoked_at !== null;
    if (this.#kind === 'Interaction') {
      if (!isRevoked) return payload;
      // A sign-in goes on, and makes a new grant.
      const { grantId: _, ...interaction } = payload;
      return interaction;
    }
    if (isRevoked) return undefined;
    if (revoked_before !== undefined && (await this.#countRevoked(payload)) > revoked_before)
      return undefined;
    // Issued by a refresh that a revocation overtook.
    if (issued_with !== undefined && (await this.#isRevoked(issued_with))) return undefined;
    return payload;
  }

  /** How many refresh tokens of the same grant and resource were revoked. */
  #countRevoked({ grantId = '', aud, resource }: AdapterPayload): Promise<number> {
    const resources = [aud ?? resource ?? []].flat();
    return this.#store.tokens.countDocuments({
      consent_id: grantId,
      revoked_reason: IS_TAKEN_BACK,
      ...(resources.length > 0 && { 'oidc.resource': { $in: resources } }),
    });
  }

  async #isRevoked(_id: string): Promise<boolean> {
    const row = { _id, revoked_reason: IS_TAKEN_BACK };
    return (await this.#store.tokens.findOne(row, { projection: { _id: 1 } })) !== null;
  }

  async consume(id: string): Promise<void> {
    await this.#kept.consume(id);
  }

  /** A session that ends takes with it the refresh tokens that die with it. */
  async destroy(id: string): Promise<void> {
    // The library also destroys a session under its old id when it gives it a new one.
    const isOver = this.#kind === 'Session' && requestOf()?.movedSession !== id;
    const session = isOver ? ((await this.#kept.find(id)) ?? undefined) : undefined;
    await this.#kept.destroy(id);
    if (!session?.uid) return;
    const now = this.#store.clock();
    await this.#store.tokens.updateMany(
      boundTo(session.uid),
      written<TokenRow>({ revoked_at: now, revoked_reason: 'logout' }, now),
    );
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    checkGrantId(grantId);
    await this.#kept.revokeByGrantId(grantId);
  }
}

/** Filter: what ended otherwise than by rotation or logout. */
const IS_TAKEN_BACK: { $in: Reason[] } = { $in: ['revoked', 'reuse'] };

/** Filter: the live tokens that die with a session. */
function boundTo(uid: string) {
  return { 'oidc.sessionUid': uid, 'oidc.expiresWithSession': true, revoked_at: null };
}
