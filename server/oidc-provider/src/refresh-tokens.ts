import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { requestOf } from './request.ts';
import { type Context, dateOf, hashOf, type Reason, scopeSet, type TokenRow, written } from './store.ts';

/*
 * Why no transaction is needed: a token is handed out only after its row is written and the mark of its grant and its
 * consent were read again. A revocation raises the mark (or revokes the consent) before it revokes rows. So either it
 * sees the new row, or whoever issues the token sees the mark. That takes majority writes and primary reads, not a
 * session, and holds however the collections are sharded.
 */

/** Refresh tokens as rows of `refresh_tokens`. None is ever deleted or replaced. */
export class RefreshTokens implements Adapter {
  readonly #store: Context;

  constructor(store: Context) {
    this.#store = store;
  }

  /**
   * Writes a token: a new one, the child of the one that the request rotates, or a known one anew.
   *
   * @throws InvalidGrant if its grant is being revoked, or its parent was used by somebody else; no token is live then
   */
  async upsert(token: string, payload: AdapterPayload): Promise<void> {
    const { tokens, clock } = this.#store;
    const now = clock();
    const _id = hashOf(token);
    const { jti: _, ...oidc } = payload;
    const expires_at = await this.#expiryOf(payload);
    const { matchedCount } = await tokens.updateOne({ _id }, written<TokenRow>({ oidc, expires_at }, now));
    if (matchedCount > 0) return;

    const { accountId: user_id = '', clientId: client_id = '', grantId: consent_id = '' } = payload;
    const placed = {
      client_id,
      user_id,
      scope: scopeSet(payload.scope?.split(' ').filter(Boolean) ?? []),
      resources: [payload.resource ?? []].flat(),
    };
    const { resources: __, ...values } = placed;
    const row: TokenRow = {
      ...values,
      ...(await this.#store.placeOf(placed)),
      _id,
      consent_id,
      parent_id: requestOf()?.rotated ?? null,
      created_at: now,
      last_used_at: null,
      expires_at,
      revoked_at: null,
      updated_at: now,
      oidc,
    };
    if (!(await this.#issue(row, now))) {
      throw new errors.InvalidGrant('the grant is being revoked, or the refresh token was used already');
    }
  }

  /** The steps of the guide of the store. Returns whether the token may be handed out. */
  async #issue(row: TokenRow, now: Date): Promise<boolean> {
    const { tokens, consents, grants } = this.#store;
    const { client_id, user_id, account_id, project_id, resource, scope } = row;
    const grant = { client_id, user_id, account_id, project_id, resource, scope };
    const readMark = () => grants.findOne({ _id: grant }, { projection: { revocation: 1, revoking: 1 } });
    const readConsent = () =>
      consents.findOne({ _id: row.consent_id }, { projection: { revoked_at: 1, swept: 1 } });

    const [mark, consent] = [await readMark(), await readConsent()];
    if (mark?.revoking || !consent || consent.revoked_at) return false;
    await tokens.insertOne(row);
    const isConsumed = row.parent_id === null || (await this.#end(row.parent_id, 'rotated', now));
    const [markAfter, consentAfter] = [await readMark(), await readConsent()];
    const isLive =
      markAfter?.revocation === mark?.revocation &&
      !markAfter?.revoking &&
      consentAfter?.revoked_at === null &&
      consentAfter.swept === consent.swept;
    if (isConsumed && isLive) return true;
    await this.#end(row._id, 'refused', now);
    return false;
  }

  /** Revokes a live row, for a reason. Returns whether it was live. */
  async #end(_id: string, revoked_reason: Reason, now: Date): Promise<boolean> {
    const used = revoked_reason === 'rotated' ? { last_used_at: now } : {};
    const { modifiedCount } = await this.#store.tokens.updateOne(
      { _id, revoked_at: null },
      written<TokenRow>({ revoked_at: now, revoked_reason, ...used }, now),
    );
    return modifiedCount === 1;
  }

  /** No later than the session, for a token that dies with it. */
  async #expiryOf({ exp, expiresWithSession, sessionUid }: AdapterPayload): Promise<Date | null> {
    const own = dateOf(exp);
    if (!expiresWithSession || !sessionUid) return own;
    const session = await this.#store.db
      .collection<{ expires_at: Date | null }>('oidc_session')
      .findOne({ 'payload.uid': sessionUid });
    if (!session?.expires_at) return own;
    return own && own < session.expires_at ? own : session.expires_at;
  }

  /**
   * A live token; one that was rotated longer ago than the grace as `consumed`, so that the provider ends its family (RFC
   * 9700, section 4.14.2). Anything else is unknown.
   */
  async find(token: string): Promise<AdapterPayload | undefined> {
    const { tokens, grace, clock } = this.#store;
    const row = await tokens.findOne({ _id: hashOf(token) });
    if (!row) return undefined;
    const payload = { ...row.oidc, jti: token };
    if (row.revoked_at === null) return payload;
    const isReuse = row.revoked_reason === 'rotated' && clock().getTime() - row.revoked_at.getTime() > grace;
    return isReuse ? { ...payload, consumed: Math.floor(row.revoked_at.getTime() / 1_000) } : undefined;
  }

  /** Within a refresh, the child consumes its parent when it is written, so that there is always a live row. */
  async consume(token: string): Promise<void> {
    const _id = hashOf(token);
    const request = requestOf();
    if (request?.isRefresh) request.rotate(_id);
    else await this.#end(_id, 'rotated', this.#store.clock());
  }

  async destroy(token: string): Promise<void> {
    await this.#end(hashOf(token), 'revoked', this.#store.clock());
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await endTokensOf(this.#store, grantId, requestOf()?.isReuse ? 'reuse' : 'revoked');
  }

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}
}

/**
 * Revokes all tokens of a consent. Tokens that are being issued meanwhile see that the consent was swept, and are refused.
 *
 * @throws TypeError without an id: a filter without one would be everybody's
 */
export async function endTokensOf(
  { tokens, consents, clock }: Context,
  consent_id: string,
  revoked_reason: Reason,
): Promise<void> {
  if (typeof consent_id !== 'string' || consent_id === '')
    throw new TypeError('whose tokens? The grant has no id');
  const now = clock();
  await consents.updateOne({ _id: consent_id }, written({ swept: crypto.randomUUID() }, now));
  await tokens.updateMany(
    { consent_id, revoked_at: null },
    written<TokenRow>({ revoked_at: now, revoked_reason }, now),
  );
}
