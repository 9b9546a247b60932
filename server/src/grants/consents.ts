import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS, WRITE_LIMIT } from '../database/connect.ts';
import { nativeCollection } from '../database/native.ts';
import { AS_STORED, type ConsentId, consentKey, readConsentId, writeConsentId } from './consent-ids.ts';
import { NEVER } from './grouping.ts';
import type { GrantModel } from './model/model.ts';
import { date, hasText, readDate, readText, readTextList, UNREVOKED } from './values.ts';

/** A consent that is not revoked, with what its tokens say of it. */
export interface LiveConsent {
  /** The consent's id, as text. */
  id: string;
  client_id: string;
  /** Null for a client that has no row of its own. */
  client: {
    name: string;
    client_uri: string | null;
    logo_uri: string | null;
    is_first_party: boolean;
  } | null;
  scope: string[];
  granted_at: Date;
  updated_at: Date;
  /** The consent's own expiry, else the latest of its tokens; null where there is none, or a token never expires. */
  expires_at: Date | null;
  /** The latest use of any of its tokens. */
  last_used_at: Date | null;
}

/**
 * A person's unrevoked consents, the one granted last first. Three reads, however many there are, joined here: a
 * `$lookup` is a query for each consent, and took nine tenths of the time.
 */
export async function listConsents(collections: Collections, user_id: string): Promise<LiveConsent[]> {
  const [consents, tokensByConsent] = await Promise.all([
    readConsents(collections, user_id),
    readTokens(collections, user_id),
  ]);
  const clientsById = await readClients(
    collections,
    consents.map(({ client_id }) => client_id),
  );
  return consents
    .map((consent) => {
      const client_id = readText(consent.client_id) ?? '';
      // Null is an id like any other, but says of a token that it has no consent.
      const tokens = consent._id === null ? undefined : tokensByConsent.get(consentKey(consent._id));
      const [granted_at, updated_at] = [readDate(consent.granted_at), readDate(consent.updated_at)];
      return {
        id: writeConsentId(consent._id),
        client_id,
        client: clientsById.get(client_id) ?? null,
        scope: readTextList(consent.scope),
        granted_at: granted_at ?? updated_at ?? EPOCH,
        updated_at: updated_at ?? granted_at ?? EPOCH,
        expires_at: readDate(consent.expires_at) ?? readDate(tokens?.expires_at),
        last_used_at: tokens?.last_used_at ?? null,
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

/** A consent as it is stored, by whomever: only its id is sure to be there. */
interface StoredConsent {
  _id: ConsentId;
  client_id?: unknown;
  scope?: unknown;
  granted_at?: unknown;
  updated_at?: unknown;
  expires_at?: unknown;
}

/** Read in one go: after the first batch, each of the driver's default is a round trip. */
const AT_ONCE = { ...AS_STORED, batchSize: 100_000, maxTimeMS: READ_LIMIT_MS } as const;

function readConsents({ consents }: Collections, user_id: string): Promise<StoredConsent[]> {
  const shown = { client_id: 1, scope: 1, granted_at: 1, updated_at: 1, expires_at: 1 } as const;
  const own = { user_id: hasText(user_id), ...UNREVOKED };
  return consents.aggregate<StoredConsent>([{ $match: own }, { $project: shown }], AT_ONCE).exec();
}

interface ConsentTokens {
  _id: ConsentId;
  /** The latest use of any of them. */
  last_used_at: Date | null;
  /** The latest expiry of all of them; `NEVER` where one never expires. */
  expires_at: Date | null;
}

/** What the person's tokens say of each consent, by its key. Reads four values of each, all of them in one index. */
async function readTokens(collections: Collections, user_id: string): Promise<Map<string, ConsentTokens>> {
  const tokens = nativeCollection(collections.refreshTokens);
  const found = await tokens
    .aggregate<ConsentTokens>(
      [
        { $match: { user_id: { $eq: user_id }, consent_id: { $ne: null } } },
        {
          $group: {
            _id: '$consent_id',
            last_used_at: { $max: date('$last_used_at') },
            expires_at: { $max: date('$expires_at', NEVER) },
          },
        },
      ],
      AT_ONCE,
    )
    .toArray();
  return new Map(found.map((one) => [consentKey(one._id), one]));
}

interface StoredClient {
  _id: string;
  name?: unknown;
  client_uri?: unknown;
  logo_uri?: unknown;
  is_first_party?: unknown;
}

async function readClients(
  collections: Collections,
  client_ids: unknown[],
): Promise<Map<string, NonNullable<LiveConsent['client']>>> {
  const ids = [...new Set(client_ids.flatMap((id) => readText(id) ?? []))];
  if (ids.length === 0) return new Map();
  const shown = { name: 1, client_uri: 1, logo_uri: 1, is_first_party: 1 } as const;
  const found = await nativeCollection<StoredClient>(collections.clients)
    .find({ _id: { $in: ids } }, { projection: shown, batchSize: ids.length + 1, maxTimeMS: READ_LIMIT_MS })
    .toArray();
  return new Map(
    found.map(({ _id, name, client_uri, logo_uri, is_first_party }) => [
      _id,
      {
        name: readText(name) ?? _id,
        client_uri: readText(client_uri),
        logo_uri: readText(logo_uri),
        is_first_party: is_first_party === true,
      },
    ]),
  );
}

/**
 * Revokes a person's consent and every token issued under it. The tokens go first: a crash then leaves a consent that
 * the person still sees, and takes back once more. They go again after the consent, with what an authorization server
 * issued while it still stood. Repeating all of it is safe.
 *
 * @param consent_id as `listConsents` writes it
 * @returns false where the person has no such consent
 */
export async function revokeConsent(
  model: GrantModel,
  { consent_id, user_id, now }: { consent_id: string; user_id: string; now: Date },
): Promise<boolean> {
  const { collections } = model;
  const named = readConsentId(consent_id);
  if (!named) return false;
  const own = { _id: { $eq: named.id }, user_id: hasText(user_id) };
  if (!(await collections.consents.exists(own))) return false;
  await model.write(async (updated_at) => {
    const update = { $set: { revoked_at: now, updated_at } };
    const revokeTokens = async () => {
      // A token without a consent does not name the one whose id is null.
      if (named.id === null) return;
      const issued = { user_id, consent_id: { $eq: named.id }, ...UNREVOKED };
      await collections.refreshTokens.updateMany(issued, update, WRITE_LIMIT);
    };
    await revokeTokens();
    await collections.consents.updateOne({ ...own, ...UNREVOKED }, update, WRITE_LIMIT);
    await revokeTokens();
  });
  return true;
}
