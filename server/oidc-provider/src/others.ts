import type { Collection } from 'mongodb';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { requestOf } from './request.ts';
import {
  AS_GIVEN,
  type Context,
  checkGrantId,
  dateOf,
  hashOf,
  type Kept,
  type TokenRow,
  written,
} from './store.ts';

interface Stored {
  /** The SHA-256 of the id, in base64url. */
  _id: string;
  payload: Kept;
  consumed?: number;
  expires_at: Date | null;
}

/** What Grantkeeper has no part in, each kind in a collection of its own, until it expires. */
export class Others implements Adapter {
  readonly #store: Context;
  readonly #kind: string;
  readonly #collection: Collection<Stored>;

  constructor(store: Context, kind: string) {
    this.#store = store;
    this.#kind = kind;
    this.#collection = store.db.collection(collectionOf(kind));
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const { jti, ...rest } = payload;
    // Found by its user code, a device code is saved under the id inside.
    const kept = this.#kind === 'DeviceCode' ? { ...rest, jti } : rest;
    const expires_at = dateOf(payload.exp);
    await this.#collection.updateOne(
      { _id: hashOf(id) },
      { $set: { payload: kept, expires_at } },
      { upsert: true, ...AS_GIVEN },
    );
    if (this.#kind === 'Session' && payload.uid && expires_at)
      await this.#moveExpiry(payload.uid, expires_at);
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
    const found = await this.#standing({ _id: hashOf(id) });
    return found && { ...found, jti: id };
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#standing({ 'payload.uid': uid });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#standing({ 'payload.userCode': userCode });
  }

  /** The library checks the expiry. Codes and access tokens end with their consent. */
  async #standing(filter: object): Promise<AdapterPayload | undefined> {
    const found = await this.#collection.findOne(filter);
    if (!found) return undefined;
    const { payload, consumed } = found;
    const kept = { ...payload, ...(consumed !== undefined && { consumed }) };
    if (!payload.grantId || (await this.#isUnrevoked(payload.grantId))) return kept;
    if (this.#kind !== 'Interaction') return undefined;
    // A sign-in goes on, and makes a new grant.
    const { grantId: _, ...interaction } = kept;
    return interaction;
  }

  async #isUnrevoked(_id: string): Promise<boolean> {
    const consent = await this.#store.consents.findOne({ _id, revoked_at: null }, { projection: { _id: 1 } });
    return consent !== null;
  }

  /** @throws InvalidGrant or InvalidRequestUri if it was consumed already: it is good for one use (RFC 6749, 4.1.2) */
  async consume(id: string): Promise<void> {
    const consumed = Math.floor(this.#store.clock().getTime() / 1_000);
    const { matchedCount } = await this.#collection.updateOne(
      { _id: hashOf(id), consumed: { $exists: false } },
      { $set: { consumed } },
    );
    if (matchedCount > 0) return;
    throw this.#kind === 'PushedAuthorizationRequest'
      ? new errors.InvalidRequestUri('the request_uri was already used')
      : new errors.InvalidGrant('it was already used');
  }

  /** A session that ends takes with it the refresh tokens that die with it. */
  async destroy(id: string): Promise<void> {
    const gone = await this.#collection.findOneAndDelete({ _id: hashOf(id) });
    const uid = gone?.payload.uid;
    // The library also destroys a session under its old id when it gives it a new one.
    const isMoved = requestOf()?.movedSession === id;
    if (this.#kind !== 'Session' || uid === undefined || isMoved) return;
    const now = this.#store.clock();
    await this.#store.tokens.updateMany(
      boundTo(uid),
      written<TokenRow>({ revoked_at: now, revoked_reason: 'logout' }, now),
    );
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    checkGrantId(grantId);
    await this.#collection.deleteMany({ 'payload.grantId': grantId });
  }
}

/** Filter: the live tokens that die with a session. */
function boundTo(uid: string) {
  return { 'oidc.sessionUid': uid, 'oidc.expiresWithSession': true, revoked_at: null };
}

/** `AuthorizationCode` is in `oidc_authorization_code`. */
export function collectionOf(kind: string): string {
  return `oidc${kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
