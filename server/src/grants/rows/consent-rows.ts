import type { PipelineStage } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import { equals } from '../../database/filters.ts';
import { AS_STORED, type ConsentId } from './consent-ids.ts';
import { NEVER } from './grouping.ts';
import type { Store } from './store.ts';
import { date, hasText, readText, UNREVOKED } from './values.ts';

/** A consent as stored. Other programs write it, so only its id is certain to be there. */
export interface StoredConsent {
  _id: ConsentId;
  client_id?: unknown;
  scope?: unknown;
  granted_at?: unknown;
  updated_at?: unknown;
  expires_at?: unknown;
}

export interface ConsentTokens {
  _id: ConsentId;
  /** Latest use of any token. */
  last_used_at: Date | null;
  /** Latest expiry of all tokens; `NEVER` if one never expires. */
  expires_at: Date | null;
}

export interface StoredClient {
  _id: string;
  name?: unknown;
  client_uri?: unknown;
  logo_uri?: unknown;
  is_first_party?: unknown;
}

/** Everything that a list of consents is built from. */
export interface ConsentRows {
  consents: StoredConsent[];
  tokens: ConsentTokens[];
  clients: StoredClient[];
}

const OF_CONSENT = { client_id: 1, scope: 1, granted_at: 1, updated_at: 1, expires_at: 1 } as const;
const OF_CLIENT = { name: 1, client_uri: 1, logo_uri: 1, is_first_party: 1 } as const;

/**
 * Invalid UTF-8 is read as far as possible, because it must not hide other rows. Everything comes in one batch: each
 * further batch is a round trip.
 */
const AT_ONCE = {
  ...AS_STORED,
  enableUtf8Validation: false,
  batchSize: 100_000,
  maxTimeMS: READ_LIMIT_MS,
} as const;

/**
 * Up to this many consents, one command reads them with everything that belongs to them; for more, three are faster.
 */
const MAX_IN_ONE_COMMAND = 100;

type Stages = Exclude<PipelineStage, PipelineStage.Merge | PipelineStage.Out>[];

/** The projected consent has neither of the other two fields, whatever is stored. */
type Found = StoredConsent | { tokens: ConsentTokens } | { client: StoredClient };

/**
 * Reads a user's unrevoked consents, in no order, with what tokens say of each, and the registered clients. A few take
 * one command, since commands are what a short list costs; more take three, two of them in parallel.
 */
export async function readConsents(store: Store, user_id: string): Promise<ConsentRows> {
  return (await readFew(store, user_id)) ?? readMany(store, user_id);
}

/** Everything for a user with few consents, in one command; undefined if there are more. */
async function readFew({ consents }: Store, user_id: string): Promise<ConsentRows | undefined> {
  const few: Stages = [ownConsents(user_id), { $limit: MAX_IN_ONE_COMMAND + 1 }];
  const unlessMany: Stages = [
    ...few,
    { $group: { _id: null, count: { $sum: 1 }, client_ids: { $addToSet: '$client_id' } } },
    { $match: { count: { $lte: MAX_IN_ONE_COMMAND } } },
  ];
  const tokens: Stages = [
    { $lookup: { from: 'refresh_tokens', pipeline: tokensByConsent(user_id), as: 'tokens' } },
    { $unwind: '$tokens' },
    { $project: { _id: 0, tokens: 1 } },
  ];
  const clients: Stages = [
    {
      $lookup: {
        from: 'oauth_clients',
        localField: 'client_ids',
        foreignField: '_id',
        pipeline: [{ $project: OF_CLIENT }],
        as: 'client',
      },
    },
    { $unwind: '$client' },
    { $project: { _id: 0, client: 1 } },
  ];
  const found = await consents
    .aggregate<Found>(
      [
        ...few,
        { $project: OF_CONSENT },
        { $unionWith: { coll: 'consents', pipeline: [...unlessMany, ...tokens] } },
        { $unionWith: { coll: 'consents', pipeline: [...unlessMany, ...clients] } },
      ],
      AT_ONCE,
    )
    .toArray();
  const read: ConsentRows = { consents: [], tokens: [], clients: [] };
  for (const one of found) {
    if ('tokens' in one) read.tokens.push(one.tokens);
    else if ('client' in one) read.clients.push(one.client);
    else read.consents.push(one);
  }
  return read.consents.length > MAX_IN_ONE_COMMAND ? undefined : read;
}

async function readMany(store: Store, user_id: string): Promise<ConsentRows> {
  const own = [ownConsents(user_id), { $project: OF_CONSENT }];
  const [consents, tokens] = await Promise.all([
    store.consents.aggregate<StoredConsent>(own, AT_ONCE).toArray(),
    store.rows.aggregate<ConsentTokens>(tokensByConsent(user_id), AT_ONCE).toArray(),
  ]);
  const ids = [...new Set(consents.flatMap(({ client_id }) => readText(client_id) ?? []))];
  const options = { ...AT_ONCE, projection: OF_CLIENT, batchSize: ids.length + 1 };
  const clients = await store.clients.find<StoredClient>({ _id: { $in: ids } }, options).toArray();
  return { consents, tokens, clients };
}

function ownConsents(user_id: string): { $match: Record<string, unknown> } {
  return { $match: { user_id: hasText(user_id), ...UNREVOKED } };
}

/** Reads four fields of each token, all covered by one index. */
function tokensByConsent(user_id: string): Stages {
  return [
    { $match: { user_id: equals(user_id), consent_id: { $ne: null } } },
    {
      $group: {
        _id: '$consent_id',
        last_used_at: { $max: date('$last_used_at') },
        expires_at: { $max: date('$expires_at', NEVER) },
      },
    },
  ];
}
