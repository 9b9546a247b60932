import type { Collection } from 'mongodb';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { type Context, dateOf, hashOf, type Kept, type TokenRow, written } from './store.ts';

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
  readonly #collection: Collection<Stored>;
  readonly #isSession: boolean;

  constructor(store: Context, kind: string) {
    this.#store = store;
    this.#collection = store.db.collection(collectionOf(kind));
    this.#isSession = kind === 'Session';
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { jti: _, ...kept } = payload;
    const seconds = expiresIn && this.#store.clock().getTime() / 1_000 + expiresIn;
    const fields = { payload: kept, expires_at: dateOf(payload.exp ?? seconds) };
    await this.#collection.updateOne({ _id: hashOf(id) }, { $set: fields }, { upsert: true });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#live({ _id: hashOf(id) });
    return found && { ...found, jti: id };
  }

  /** The provider asks for a session by its uid, and goes by what is in it. */
  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#live({ 'payload.uid': uid });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#live({ 'payload.userCode': userCode });
  }

  /** Nothing of a consent that was revoked: codes and access tokens end with it. */
  async #live(filter: object): Promise<AdapterPayload | undefined> {
    const found = await this.#collection.findOne(filter);
    if (!found || (found.expires_at && found.expires_at <= this.#store.clock())) return undefined;
    const { payload, consumed } = found;
    if (payload.grantId && !(await this.#stands(payload.grantId))) return undefined;
    return { ...payload, ...(consumed !== undefined && { consumed }) };
  }

  async #stands(_id: string): Promise<boolean> {
    return (await this.#store.consents.countDocuments({ _id, revoked_at: null }, { limit: 1 })) > 0;
  }

  async consume(id: string): Promise<void> {
    const consumed = Math.floor(this.#store.clock().getTime() / 1_000);
    await this.#collection.updateOne({ _id: hashOf(id) }, { $set: { consumed } });
  }

  /** A session takes with it the refresh tokens that die with it. */
  async destroy(id: string): Promise<void> {
    const gone = await this.#collection.findOneAndDelete({ _id: hashOf(id) });
    const uid = gone?.payload.uid;
    if (!this.#isSession || uid === undefined) return;
    const now = this.#store.clock();
    await this.#store.tokens.updateMany(
      { 'oidc.sessionUid': uid, 'oidc.expiresWithSession': true, revoked_at: null },
      written<TokenRow>({ revoked_at: now, revoked_reason: 'logout' }, now),
    );
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    if (!grantId) throw new TypeError('whose tokens? The grant has no id');
    await this.#collection.deleteMany({ 'payload.grantId': grantId });
  }
}

/** `AuthorizationCode` is in `oidc_authorization_code`. */
export function collectionOf(kind: string): string {
  return `oidc${kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
