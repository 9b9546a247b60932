import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { asEvent } from './audit.ts';
import { selecting, underWay } from './bulk.ts';
import { requestOf } from './request.ts';
import {
  AS_GIVEN,
  type Context,
  dateOf,
  grantOf,
  grantOfPayload,
  hashOf,
  isDuplicate,
  type Reason,
  readMark,
  type TokenRow,
  written,
} from './store.ts';
import { endTokensOf, isSwept } from './sweep.ts';

/*
 * Why no transaction is needed: a token is handed out only after its row is written and the mark of its grant and its
 * consent were read again. A revocation raises the mark (or revokes the consent) before it revokes rows. So either it
 * sees the new row, or whoever issues the token sees the mark. That takes majority writes and primary reads, not a
 * session. Of a sharded cluster, see the guide of the store.
 */

/** Refresh tokens as rows of `refresh_tokens`. None is ever deleted or replaced. */
export class RefreshTokens implements Adapter {
  readonly #store: Context;

  constructor(store: Context) {
    this.#store = store;
  }

  /**
   * Writes a token: the first of its family, the child of the one that the request rotates, or a known one again.
   *
   * @throws InvalidGrant if its grant is being revoked, or its parent was used by somebody else; it is not live then
   */
  async upsert(token: string, payload: AdapterPayload): Promise<void> {
    const { tokens, clock } = this.#store;
    const now = clock();
    const rotated = requestOf()?.rotated;
    const parent = rotated === undefined ? null : await tokens.findOne({ _id: rotated });
    const { jti: _, ...oidc } = payload;
    const row: TokenRow = {
      ...(parent ? grantOf(parent) : await grantOfPayload(this.#store, payload)),
      _id: hashOf(token),
      consent_id: payload.grantId ?? '',
      parent_id: rotated ?? null,
      created_at: issuedAt(payload, now),
      last_used_at: null,
      expires_at: await this.#expiryOf(payload),
      revoked_at: null,
      updated_at: now,
      oidc,
    };
    if (row.parent_id === null && row.created_at < now && (await this.#wasRevokedSince(row))) {
      throw new errors.InvalidGrant('the grant was revoked');
    }
    const isIssued = await this.#issue(row, now).catch((error: unknown) => {
      if (isDuplicate(error)) return undefined;
      throw error;
    });
    if (isIssued === undefined) {
      // A known one, saved again.
      const { expires_at } = row;
      await tokens.updateOne({ _id: row._id }, written<TokenRow>({ oidc, expires_at }, now), AS_GIVEN);
    } else if (!isIssued) {
      throw new errors.InvalidGrant('the grant is being revoked, or the refresh token was used already');
    }
  }

  /** Whether the grant of a token that was issued before it had a row was revoked since. */
  async #wasRevokedSince(row: TokenRow): Promise<boolean> {
    const since = { $gte: row.created_at };
    const { tokens, bulk } = this.#store;
    const revoked = { ...grantOf(row), revoked_at: since, revoked_reason: 'revoked' as const };
    return (
      (await tokens.findOne(revoked, { projection: { _id: 1 } })) !== null ||
      (await bulk.findOne({ ...selecting(row), at: since }, { projection: { _id: 1 } })) !== null
    );
  }

  /** The steps of the guide of the store. Returns whether the token may be handed out. */
  async #issue(row: TokenRow, now: Date): Promise<boolean> {
    const { tokens, consents, bulk } = this.#store;
    const grant = grantOf(row);
    const request = requestOf();
    const readConsent = () =>
      consents.findOne({ _id: row.consent_id }, { projection: { revoked_at: 1, swept: 1, sweeping: 1 } });

    const [mark, consent] = [await readMark(this.#store, grant), await readConsent()];
    // A code that is older than a revocation.
    const source = row.parent_id === null ? request?.stamp : undefined;
    if (source && (mark?.revocation ?? null) !== source.mark) return false;
    if (mark?.revoking || !consent || consent.revoked_at || isSwept(consent, now)) return false;
    await tokens.insertOne(row, AS_GIVEN);
    const isFree =
      row.parent_id === null
        ? (await bulk.findOne(underWay(row))) === null
        : await this.#end(row.parent_id, 'rotated', now);
    const [markAfter, consentAfter] = [await readMark(this.#store, grant), await readConsent()];
    const isLive =
      markAfter?.revocation === mark?.revocation &&
      // A suspension stops the next refresh, not a token on its way: to refuse it here would end its family for good.
      (!markAfter?.revoking || markAfter.suspension !== undefined) &&
      consentAfter?.revoked_at === null &&
      consentAfter.swept === consent.swept &&
      !isSwept(consentAfter, now);
    if (isFree && isLive) {
      request?.remember({ grant, mark: mark?.revocation ?? null });
      return true;
    }
    await this.#end(row._id, 'refused', now);
    // Sent again, the parent would be taken for stolen, and end what was granted since.
    if (isFree && row.parent_id !== null) {
      await tokens.updateOne({ _id: row.parent_id }, written<TokenRow>({ revoked_reason: 'refused' }, now));
    }
    return false;
  }

  /** Revokes a live row, for a reason. Returns whether it was live. */
  async #end(_id: string, revoked_reason: Reason, now: Date, revocation_id?: string): Promise<boolean> {
    const used = revoked_reason === 'rotated' ? { last_used_at: now } : {};
    const event = revocation_id === undefined ? {} : { revocation_id };
    const { modifiedCount } = await this.#store.tokens.updateOne(
      { _id, revoked_at: null },
      written<TokenRow>({ revoked_at: now, revoked_reason, ...used, ...event }, now),
    );
    return modifiedCount === 1;
  }

  /** No later than the session, for a token that dies with it. */
  async #expiryOf({ exp, expiresWithSession, sessionUid }: AdapterPayload): Promise<Date | null> {
    const own = dateOf(exp);
    if (!expiresWithSession || !sessionUid) return own;
    const session = await this.#store.sessions.findByUid(sessionUid);
    const end = dateOf(session?.exp);
    return own && end ? new Date(Math.min(own.getTime(), end.getTime())) : (own ?? end);
  }

  /**
   * A live token; one that was rotated longer ago than the grace as `consumed`, so that the provider ends its family (RFC
   * 9700, section 4.14.2). Anything else is unknown, and so is a token of a suspended grant, unless somebody revokes it.
   */
  async find(token: string): Promise<AdapterPayload | undefined> {
    const { tokens, grace, clock } = this.#store;
    // The grace is for refreshes: whoever revokes a token by RFC 7009 means its family, even if it was just rotated.
    const patience = requestOf()?.isRevocation ? -1 : grace;
    let row = await tokens.findOne({ _id: hashOf(token) });
    if (row?.revoked_at === null && !requestOf()?.isRevocation) {
      const grant = grantOf(row);
      const mark = await readMark(this.#store, grant);
      if (mark?.revoking) return undefined;
      if (requestOf()?.isRefresh) {
        // For its access token.
        requestOf()?.remember({ grant, mark: mark?.revocation ?? null });
        // If it was revoked before the mark was read, the mark does not show it.
        row = await tokens.findOne({ _id: row._id });
      }
    }
    if (!row) return undefined;
    const payload = { ...row.oidc, jti: token };
    if (row.revoked_at === null) return payload;
    const age = clock().getTime() - row.revoked_at.getTime();
    const isReuse = row.revoked_reason === 'rotated' && age > patience;
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
    await asEvent(this.#store, async (revocation_id) => {
      const reason = requestOf()?.ending ?? 'revoked';
      await this.#end(hashOf(token), reason, this.#store.clock(), revocation_id);
    });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await endTokensOf(this.#store, grantId);
  }

  async findByUid(): Promise<undefined> {}

  async findByUserCode(): Promise<undefined> {}
}

/** When a token was issued: earlier than now for one that is written down later. */
function issuedAt({ iat }: AdapterPayload, now: Date): Date {
  return iat !== undefined && (iat + 1) * 1_000 <= now.getTime() ? new Date(iat * 1_000) : now;
}
