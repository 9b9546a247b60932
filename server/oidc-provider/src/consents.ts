import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { asEvent } from './audit.ts';
import { clientAtConsent } from './clients.ts';
import {
  AS_GIVEN,
  type ConsentRow,
  type Context,
  checkGrantId,
  dateOf,
  isDuplicate,
  type Placed,
  scopesIn,
  valuesOf,
  written,
} from './store.ts';
import { sweep } from './sweep.ts';

/** What the provider keeps of what a person allowed; its types leave it out. */
interface GrantPayload extends AdapterPayload {
  openid?: { scope?: string };
  resources?: Record<string, string>;
}

/** The provider's grants as rows of `consents`. None is ever deleted or replaced, and a revoked one stays revoked. */
export class Consents implements Adapter {
  readonly #store: Context;

  constructor(store: Context) {
    this.#store = store;
  }

  /** @throws InvalidGrant if the consent was revoked meanwhile */
  async upsert(_id: string, payload: GrantPayload): Promise<void> {
    const now = this.#store.clock();
    const { jti: _, ...oidc } = payload;
    const { accountId: user_id = '', clientId: client_id = '', openid, resources = {} } = payload;
    const placed = {
      client_id,
      user_id,
      scope: scopesIn(openid?.scope, ...Object.values(resources)),
      resources: Object.keys(resources),
    };
    const values = await valuesOf(this.#store, placed);
    const resource = await this.#resourcesOf(placed);
    const client = await clientAtConsent(this.#store, client_id);
    const fields: Partial<ConsentRow> = {
      ...values,
      ...(resource.length > 1 && { resource }),
      ...(client && { client }),
      expires_at: dateOf(payload.exp),
      oidc,
    };
    const update = {
      ...written<ConsentRow>(fields, now),
      $setOnInsert: { granted_at: now, revoked_at: null },
    };
    const write = () =>
      this.#store.consents.updateOne({ _id, revoked_at: null }, update, { upsert: true, ...AS_GIVEN });
    // Of two that insert it at once, one finds a duplicate, and a row to update.
    await write()
      .catch((error: unknown) => (isDuplicate(error) ? write() : Promise.reject(error)))
      .catch((error: unknown) => {
        throw isDuplicate(error) ? new errors.InvalidGrant('the consent was revoked') : error;
      });
  }

  /** The resources that a consent for several indicators is shown with; empty for one or none. */
  async #resourcesOf(placed: Placed): Promise<string[]> {
    if (placed.resources.length < 2) return [];
    const each = placed.resources.map((one) => valuesOf(this.#store, { ...placed, resources: [one] }));
    return [...new Set((await Promise.all(each)).map(({ resource }) => resource))];
  }

  /** The library checks the expiry. */
  async find(_id: string): Promise<AdapterPayload | undefined> {
    const row = await this.#store.consents.findOne({ _id, revoked_at: null });
    return row ? { ...row.oidc, jti: _id } : undefined;
  }

  /** Revokes a consent, then its tokens: those that are being issued meanwhile see the consent. */
  async destroy(_id: string): Promise<void> {
    checkGrantId(_id);
    await asEvent(this.#store, async (revocation_id) => {
      const now = this.#store.clock();
      await this.#store.consents.updateOne(
        { _id, revoked_at: null },
        written<ConsentRow>({ revoked_at: now, revocation_id }, now),
      );
      await sweep(this.#store, _id, revocation_id);
    });
  }

  async consume(): Promise<void> {}

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.destroy(grantId);
  }

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}
}
