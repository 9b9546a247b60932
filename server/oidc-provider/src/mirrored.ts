import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';

interface Stamped extends AdapterPayload {
  /** Whether a row was written beside it. */
  has_row?: boolean;
}

/**
 * Grants or refresh tokens that are kept elsewhere, with a row beside each. What is kept elsewhere says what a token is,
 * the row whether it lives: rotation and reuse are read from rows only, so the other store need not know of them.
 */
export class Mirrored implements Adapter {
  readonly #rows: Adapter;
  readonly #kept: Adapter;
  readonly #grants: Adapter | undefined;

  /** @param grants those that refresh tokens belong to */
  constructor(rows: Adapter, kept: Adapter, grants?: Adapter) {
    this.#rows = rows;
    this.#kept = kept;
    this.#grants = grants;
  }

  /** The row comes second: while it is not there, nobody has been handed the token. */
  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.#keep(id, payload, expiresIn);
    await this.#rows.upsert(id, payload);
  }

  async #keep(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const stamped: Stamped = { ...payload, has_row: true };
    await this.#kept.upsert(id, stamped, expiresIn);
  }

  /**
   * What was issued before there were rows gets one when it is first used. What had one that is gone was revoked or
   * expired, and purged since.
   */
  async find(id: string): Promise<AdapterPayload | undefined> {
    const found: Stamped | undefined = (await this.#kept.find(id)) ?? undefined;
    if (!found || found.consumed) return found;
    const { has_row, ...kept } = found;
    if (!has_row) {
      // What has expired gets none: the library refuses it.
      const left = kept.exp === undefined ? undefined : kept.exp - Math.floor(Date.now() / 1_000);
      if (left !== undefined && left <= 0) return kept;
      if (!(await this.#adopt(id, kept, left))) return undefined;
    }
    const row = (await this.#rows.find(id)) ?? undefined;
    return row && { ...kept, ...(row.consumed !== undefined && { consumed: row.consumed }) };
  }

  /** The row comes first: a token whose row could not be written is tried again. */
  async #adopt(id: string, payload: AdapterPayload, expiresIn?: number): Promise<boolean> {
    if (payload.grantId) await this.#grants?.find(payload.grantId);
    try {
      await this.#rows.upsert(id, payload);
    } catch (error) {
      if (error instanceof errors.InvalidGrant) return false;
      throw error;
    }
    await this.#keep(id, payload, expiresIn);
    return true;
  }

  async consume(id: string): Promise<void> {
    await this.#rows.consume(id);
  }

  async destroy(id: string): Promise<void> {
    await this.#rows.destroy(id);
    await this.#kept.destroy(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#rows.revokeByGrantId(grantId);
    await this.#kept.revokeByGrantId(grantId);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return (await this.#kept.findByUid(uid)) ?? undefined;
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return (await this.#kept.findByUserCode(userCode)) ?? undefined;
  }
}
