import type { Adapter, AdapterPayload } from 'oidc-provider';
import { asEvent } from './audit.ts';
import { requestOf } from './request.ts';
import {
  type Context,
  checkGrantId,
  dateOf,
  grantOfPayload,
  readMark,
  type Stamp,
  stampOf,
  type TokenRow,
  written,
} from './store.ts';

interface Stamped extends AdapterPayload {
  stamp?: Stamp;
}

/** What tokens are issued from, other than from refresh tokens. */
const SOURCES = new Set([
  'AuthorizationCode',
  'DeviceCode',
  'BackchannelAuthenticationRequest',
  'PreAuthorizedCode',
]);

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
    const stamp = payload.grantId ? await this.#stampOf(payload) : undefined;
    const stamped: Stamped = stamp ? { ...payload, stamp } : payload;
    await this.#kept.upsert(id, stamped, expiresIn);
    const expiry = dateOf(payload.exp);
    if (this.#kind === 'Session' && payload.uid && expiry) await this.#moveExpiry(payload.uid, expiry);
  }

  /** An access token has the stamp of what it is issued from, so that no revocation comes between the two. */
  async #stampOf(payload: AdapterPayload): Promise<Stamp | undefined> {
    if (this.#kind === 'AccessToken') return requestOf()?.stamp;
    if (!SOURCES.has(this.#kind)) return undefined;
    return stampOf(this.#store, await grantOfPayload(this.#store, payload));
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
    const { stamp, ...payload } = found;
    const _id = found.grantId;
    const consent = await this.#store.consents.findOne({ _id }, { projection: { revoked_at: 1 } });
    const isRevoked = consent !== null && consent.revoked_at !== null;
    if (this.#kind === 'Interaction') {
      if (!isRevoked) return payload;
      // A sign-in goes on, and makes a new grant.
      const { grantId: _, ...interaction } = payload;
      return interaction;
    }
    if (isRevoked || (stamp && (await this.#isOutrun(stamp)))) return undefined;
    if (stamp && SOURCES.has(this.#kind)) requestOf()?.remember(stamp);
    return payload;
  }

  /** Whether the grant was revoked since. */
  async #isOutrun({ grant, mark }: Stamp): Promise<boolean> {
    const now = await readMark(this.#store, grant);
    return now?.revoking === true || (now?.revocation ?? null) !== mark;
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
    const ending = boundTo(session.uid);
    if ((await this.#store.tokens.findOne(ending, { projection: { _id: 1 } })) === null) return;
    await asEvent(
      this.#store,
      async (revocation_id) => {
        const now = this.#store.clock();
        const fields = { revoked_at: now, revoked_reason: 'logout', revocation_id } as const;
        await this.#store.tokens.updateMany(ending, written<TokenRow>(fields, now));
      },
      'logout',
    );
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    checkGrantId(grantId);
    await this.#kept.revokeByGrantId(grantId);
  }
}

/** Filter: the live tokens that die with a session. */
function boundTo(uid: string) {
  return { 'oidc.sessionUid': uid, 'oidc.expiresWithSession': true, revoked_at: null };
}
