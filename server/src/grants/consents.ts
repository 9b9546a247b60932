import { checked } from '../database/filters.ts';
import { recorded } from './audit/record.ts';
import { rowsOfConsent } from './read-model/mark.ts';
import type { GrantModel } from './read-model/model.ts';
import { hashesOf } from './read-model/pending.ts';
import { eventOf, type RevocationOptions, revokeBatch } from './revocation/batch.ts';
import { consentKey, readConsentId, writeConsentId } from './rows/consent-ids.ts';
import { readConsents, type StoredClient } from './rows/consent-rows.ts';
import type { RowFilter } from './rows/grouping.ts';
import { hasText, readDate, readText, readTextList } from './rows/values.ts';

/** An unrevoked consent, with what its tokens say of it. */
export interface LiveConsent {
  /** As `writeConsentId` writes it. */
  id: string;
  client_id: string;
  /** Null if the client has no row. */
  client: {
    name: string;
    client_uri: string | null;
    logo_uri: string | null;
    is_first_party: boolean;
  } | null;
  scope: string[];
  granted_at: Date;
  updated_at: Date;
  /** The consent's own expiry, else the latest of its tokens; null if there is none, or a token never expires. */
  expires_at: Date | null;
  /** Latest use of any of its tokens. */
  last_used_at: Date | null;
}

/**
 * A user's unrevoked consents, the latest granted first. Joined here: a `$lookup` of the client per consent would be
 * most of what a long list costs.
 */
export async function listConsents({ store }: GrantModel, user_id: string): Promise<LiveConsent[]> {
  const { consents, tokens, clients } = await readConsents(store, user_id);
  const tokensByConsent = new Map(tokens.map((one) => [consentKey(one._id), one]));
  const clientsById = new Map(clients.map((one) => [one._id, one]));
  return consents
    .map((consent) => {
      const client_id = readText(consent.client_id) ?? '';
      const client = clientsById.get(client_id);
      // Null is an id like any other, but in a token it means no consent.
      const issued = consent._id === null ? undefined : tokensByConsent.get(consentKey(consent._id));
      const [granted_at, updated_at] = [readDate(consent.granted_at), readDate(consent.updated_at)];
      return {
        id: writeConsentId(consent._id),
        client_id,
        client: client ? describeClient(client) : null,
        scope: readTextList(consent.scope),
        granted_at: granted_at ?? updated_at ?? EPOCH,
        updated_at: updated_at ?? granted_at ?? EPOCH,
        expires_at: readDate(consent.expires_at) ?? readDate(issued?.expires_at),
        last_used_at: issued?.last_used_at ?? null,
      };
    })
    .sort(byGrantedAt);
}

const EPOCH = new Date(0);

function byGrantedAt(one: LiveConsent, other: LiveConsent): number {
  const newestFirst = other.granted_at.getTime() - one.granted_at.getTime();
  if (newestFirst !== 0) return newestFirst;
  return one.id < other.id ? -1 : 1;
}

function describeClient({ _id, name, client_uri, logo_uri, is_first_party }: StoredClient) {
  return {
    name: readText(name) ?? _id,
    client_uri: readText(client_uri),
    logo_uri: readText(logo_uri),
    is_first_party: is_first_party === true,
  };
}

export interface ConsentRevocation extends Pick<RevocationOptions, 'id' | 'asked' | 'now'> {
  /** As `listConsents` writes it. */
  consent_id: string;
  user_id: string;
}

/**
 * Revokes a user's consent and every token issued under it; see `revokeRows` for the order. Repeating it is safe.
 *
 * @returns false if the user has no such consent
 */
export async function revokeConsent(
  model: GrantModel,
  { consent_id, user_id, ...options }: ConsentRevocation,
): Promise<boolean> {
  const { store, grants } = model;
  const named = readConsentId(checked(consent_id));
  if (!named) return false;
  const own: RowFilter = { _id: { $eq: named.id }, user_id: hasText(user_id) };
  if ((await store.consents.findOne(own, { projection: { _id: 1 } })) === null) return false;
  const chosen = { consent_id: named.id, user_id };
  const { id: revocation_id, now: at } = options;
  const issued = rowsOfConsent(chosen);
  await recorded(model, eventOf({ ...options, include_consent: true }), async () => {
    await model.bringInOnly(issued);
    const hashes = await hashesOf(store, issued);
    const account_ids = await grants.distinct('_id.account_id', { grant_hash: { $in: hashes } });
    const asked = { revocation_id, status: 'all', include_consent: true, at } as const;
    await revokeBatch(model, { hashes, account_ids, chosen, ...asked });
  });
  return true;
}
