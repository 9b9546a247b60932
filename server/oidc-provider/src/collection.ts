import type { Collection, Db } from 'mongodb';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { AS_GIVEN, dateOf, hashOf, type Kept } from './store.ts';

interface Stored {
  /** The SHA-256 of the id, in base64url. */
  _id: string;
  payload: Kept;
  consumed?: number;
  expires_at: Date | null;
}

/** Keeps one kind of what Grantkeeper has no part in, in a collection of its own, until it expires. */
export class CollectionAdapter implements Adapter {
  readonly #kind: string;
  readonly #clock: () => Date;
  readonly #collection: Collection<Stored>;

  constructor(kind: string, { db, clock }: { db: Db; clock: () => Date }) {
    this.#kind = kind;
    this.#clock = clock;
    this.#collection = db.collection(collectionOf(kind));
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    const { jti, ...rest } = payload;
    // Found by its user code, a device code is saved under the id inside.
    const kept = this.#kind === 'DeviceCode' ? { ...rest, jti } : rest;
    await this.#collection.updateOne(
      { _id: hashOf(id) },
      { $set: { payload: kept, expires_at: dateOf(payload.exp) } },
      { upsert: true, ...AS_GIVEN },
    );
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.#findBy({ _id: hashOf(id) });
    return found && { ...found, jti: id };
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ 'payload.uid': uid });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ 'payload.userCode': userCode });
  }

  /** The library checks the expiry. */
  async #findBy(filter: object): Promise<AdapterPayload | undefined> {
    const found = await this.#collection.findOne(filter);
    if (!found) return undefined;
    const { payload, consumed } = found;
    return { ...payload, ...(consumed !== undefined && { consumed }) };
  }

  /** @throws InvalidGrant or InvalidRequestUri if it was consumed already: it is good for one use (RFC 6749, 4.1.2) */
  async consume(id: string): Promise<void> {
    const consumed = Math.floor(this.#clock().getTime() / 1_000);
    const { matchedCount } = await this.#collection.updateOne(
      { _id: hashOf(id), consumed: { $exists: false } },
      { $set: { consumed } },
    );
    if (matchedCount > 0) return;
    throw this.#kind === 'PushedAuthorizationRequest'
      ? new errors.InvalidRequestUri('the request_uri was already used')
      : new errors.InvalidGrant('it was already used');
  }

  async destroy(id: string): Promise<void> {
    await this.#collection.deleteOne({ _id: hashOf(id) });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#collection.deleteMany({ 'payload.grantId': grantId });
  }
}

/** The kinds that have collections, and what else than by its id each is looked for by. */
const KINDS: Record<string, string[]> = {
  Session: ['uid'],
  DeviceCode: ['userCode', 'grantId'],
  AccessToken: ['grantId'],
  AuthorizationCode: ['grantId'],
  BackchannelAuthenticationRequest: ['grantId'],
  PreAuthorizedCode: ['grantId'],
  ClientCredentials: [],
  InitialAccessToken: [],
  RegistrationAccessToken: [],
  Interaction: [],
  ReplayDetection: [],
  PushedAuthorizationRequest: [],
};

/** Creates the indexes of all kinds: what finds them, and what deletes them once they have expired. */
export async function createCollectionIndexes(db: Db): Promise<void> {
  const of = ([kind, keys]: [string, string[]]) => {
    const collection = db.collection(collectionOf(kind));
    return [
      collection.createIndex({ expires_at: 1 }, { expireAfterSeconds: 0 }),
      ...keys.map((key) => collection.createIndex({ [`payload.${key}`]: 1 }, { sparse: true })),
    ];
  };
  await Promise.all(Object.entries(KINDS).flatMap(of));
}

/** `AuthorizationCode` is in `oidc_authorization_code`. */
function collectionOf(kind: string): string {
  return `oidc${kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
