import type { PipelineStage } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS, WRITE_LIMIT } from '../database/connect.ts';
import { AS_STORED, type ConsentId, readConsentId, writeConsentId } from './consent-ids.ts';
import { NEVER } from './grouping.ts';
import type { GrantModel } from './model/model.ts';
import { date, hasText, text, textList, UNREVOKED } from './values.ts';

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

/** A person's unrevoked consents, the one granted last first. One query, however many there are. */
export async function listConsents(collections: Collections, user_id: string): Promise<LiveConsent[]> {
  const found = await collections.consents
    .aggregate<Omit<LiveConsent, 'id'> & { id: ConsentId }>(liveConsents(user_id), {
      ...AS_STORED,
      maxTimeMS: READ_LIMIT_MS,
    })
    .exec();
  return found.map((consent) => ({ ...consent, id: writeConsentId(consent.id) }));
}

/**
 * Two passes over indexes, joined by consent: a look-up of the tokens of each consent would be a query for each.
 */
function liveConsents(user_id: string): PipelineStage[] {
  return [
    { $match: { user_id: hasText(user_id), ...UNREVOKED } },
    // Each under a name of its own: whatever else a row holds, it cannot pass for what we add.
    { $project: { consent: '$$ROOT' } },
    { $unionWith: { coll: 'refresh_tokens', pipeline: tokensByConsent(user_id) } },
    { $group: { _id: '$_id', found: { $mergeObjects: { consent: '$consent', tokens: '$tokens' } } } },
    { $match: { 'found.consent': { $type: 'object' } } },
    {
      $project: {
        _id: 0,
        id: '$_id',
        client_id: text('$found.consent.client_id', ''),
        scope: textList('$found.consent.scope'),
        granted_at: date('$found.consent.granted_at', date('$found.consent.updated_at', new Date(0))),
        updated_at: date('$found.consent.updated_at', date('$found.consent.granted_at', new Date(0))),
        expires_at: date('$found.consent.expires_at', date('$found.tokens.expires_at')),
        last_used_at: { $ifNull: ['$found.tokens.last_used_at', null] },
      },
    },
    {
      $lookup: {
        from: 'oauth_clients',
        localField: 'client_id',
        foreignField: '_id',
        pipeline: [CLIENT],
        as: 'client',
      },
    },
    { $set: { client: { $ifNull: [{ $first: '$client' }, null] } } },
    { $sort: { granted_at: -1, id: 1 } },
  ];
}

/** What the person's tokens say of each consent. Reads four values of each, all of them in one index. */
function tokensByConsent(user_id: string): Exclude<PipelineStage, PipelineStage.Merge | PipelineStage.Out>[] {
  return [
    { $match: { user_id: { $eq: user_id }, consent_id: { $ne: null } } },
    {
      $group: {
        _id: '$consent_id',
        last_used_at: { $max: date('$last_used_at') },
        expires_at: { $max: date('$expires_at', NEVER) },
      },
    },
    { $project: { tokens: { last_used_at: '$last_used_at', expires_at: '$expires_at' } } },
  ];
}

const CLIENT = {
  $project: {
    name: text('$name', '$_id'),
    client_uri: text('$client_uri', null),
    logo_uri: text('$logo_uri', null),
    is_first_party: { $eq: ['$is_first_party', true] },
  },
} as const;

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
