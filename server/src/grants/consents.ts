import type { PipelineStage } from 'mongoose';
import type { Collections } from '../database/collections.ts';
import { READ_LIMIT_MS } from '../database/connect.ts';
import { NEVER } from './grouping.ts';
import type { GrantModel } from './model/model.ts';
import { date, text, textList, UNREVOKED } from './values.ts';

/** A consent that is not revoked, with what its tokens say of it. */
export interface LiveConsent {
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
export function listConsents(collections: Collections, user_id: string): Promise<LiveConsent[]> {
  return collections.consents
    .aggregate<LiveConsent>(liveConsents(user_id), { maxTimeMS: READ_LIMIT_MS })
    .exec();
}

/**
 * Two passes over indexes, joined by consent: a look-up of the tokens of each consent would be a query for each.
 */
function liveConsents(user_id: string): PipelineStage[] {
  return [
    { $match: { user_id: { $eq: user_id }, ...UNREVOKED } },
    { $set: { is_consent: true } },
    { $unionWith: { coll: 'refresh_tokens', pipeline: tokensByConsent(user_id) } },
    { $group: { _id: '$_id', consent: { $mergeObjects: '$$ROOT' } } },
    { $replaceWith: '$consent' },
    { $match: { is_consent: true } },
    {
      $lookup: {
        from: 'oauth_clients',
        localField: 'client_id',
        foreignField: '_id',
        pipeline: [CLIENT],
        as: 'client',
      },
    },
    { $sort: { granted_at: -1, _id: 1 } },
    {
      $project: {
        _id: 0,
        id: '$_id',
        client_id: text('$client_id', ''),
        client: { $ifNull: [{ $first: '$client' }, null] },
        scope: textList('$scope'),
        granted_at: date('$granted_at', date('$updated_at', new Date(0))),
        updated_at: date('$updated_at', date('$granted_at', new Date(0))),
        expires_at: date('$expires_at', beforeNever('$tokens.expires_at')),
        last_used_at: { $ifNull: ['$tokens.last_used_at', null] },
      },
    },
  ];
}

const CLIENT = {
  $project: {
    name: text('$name', '$_id'),
    client_uri: text('$client_uri', null),
    logo_uri: text('$logo_uri', null),
    is_first_party: { $eq: ['$is_first_party', true] },
  },
};

/** What the person's tokens say of each consent. Reads four values of each, all of them in one index. */
function tokensByConsent(user_id: string): Exclude<PipelineStage, PipelineStage.Merge | PipelineStage.Out>[] {
  return [
    { $match: { user_id: { $eq: user_id }, consent_id: { $gt: '' } } },
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

function beforeNever(date: string): object {
  return { $cond: [{ $gte: [{ $ifNull: [date, NEVER] }, NEVER] }, null, date] };
}

/**
 * Revokes a person's consent and every token issued under it. The tokens go first: were the consent gone and a token
 * left by a crash, the person would see nothing to take back. They go once more after it, with what an authorization
 * server issued while the consent still stood. Repeating it is safe, and finishes what a crash left.
 *
 * @returns false where the person has no such consent
 */
export async function revokeConsent(
  model: GrantModel,
  { consent_id, user_id, now }: { consent_id: string; user_id: string; now: Date },
): Promise<boolean> {
  const { collections } = model;
  const own = { _id: consent_id, user_id };
  if (!(await collections.consents.exists(own))) return false;
  const { time } = await model.progress();
  const update = { $set: { revoked_at: now, updated_at: time } };
  const revokeTokens = () =>
    collections.refreshTokens.updateMany({ user_id, consent_id, ...UNREVOKED }, update);
  await revokeTokens();
  await collections.consents.updateOne({ ...own, ...UNREVOKED }, update);
  await revokeTokens();
  return true;
}
