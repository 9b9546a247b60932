import type { Collections } from '../../server/src/database/collections.ts';
import type { components } from '../../server/src/generated/me-grants.ts';
import type { LiveConsent } from '../../server/src/grants/consents.ts';
import { NEVER } from '../../server/src/grants/rows/grouping.ts';
import { date, text, textList, UNREVOKED } from '../../server/src/grants/rows/values.ts';
import type { Principal } from '../../server/src/http/bearer.ts';

/*
 * The list of a user's consents as it used to be: one aggregation, with a `$lookup` of the client per consent. Kept for
 * comparison; it shows no consent whose id is not a string.
 */

/** Serves `listMeGrants` that way. */
export function consentsByLookup({ consents }: Collections) {
  return async ({ principal }: { principal: Principal }) => {
    const found = await consents.aggregate<LiveConsent>(liveConsents(principal.user_id)).exec();
    return { status: 200 as const, body: { data: found.map(writeGrant) } };
  };
}

function writeGrant(consent: LiveConsent): components['schemas']['MeGrant'] {
  const { client, client_id, last_used_at } = consent;
  return {
    id: consent.id,
    client_id,
    client_name: client?.name ?? client_id,
    client_uri: client?.client_uri ?? null,
    logo_uri: client?.logo_uri ?? null,
    is_first_party: client?.is_first_party ?? false,
    scopes_granted: consent.scope,
    granted_at: consent.granted_at.toISOString(),
    updated_at: consent.updated_at.toISOString(),
    last_used_at: last_used_at?.toISOString() ?? null,
  };
}

type Pipeline = NonNullable<Parameters<Collections['consents']['aggregate']>[0]>;

function liveConsents(user_id: string): Pipeline {
  return [
    { $match: { user_id: { $eq: user_id }, _id: { $gt: '' }, ...UNREVOKED } },
    // Each under its own name: whatever else a row contains, it cannot pass for what we add.
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

/** What the user's tokens say of each consent. Reads four fields of each token, all covered by one index. */
function tokensByConsent(user_id: string) {
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

const CLIENT = {
  $project: {
    name: text('$name', '$_id'),
    client_uri: text('$client_uri', null),
    logo_uri: text('$logo_uri', null),
    is_first_party: { $eq: ['$is_first_party', true] },
  },
} as const;
