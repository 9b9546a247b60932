import type { PipelineStage } from 'mongoose';
import { checked } from '../../database/filters.ts';
import type { ConsentId } from './consent-ids.ts';
import { type GrantIdentity, TEXT_VALUES } from './identity.ts';
import { consentNamed, date, hasText, isRevoked, text, textSet } from './values.ts';

export const GRANT_STATUSES = ['active', 'expired', 'revoked'] as const;
export type GrantStatus = (typeof GRANT_STATUSES)[number];

/** What a grant's client and user are called. */
export interface Names {
  client_name: string;
  user_name: string | null;
  user_email: string | null;
}

/** A grant as the domain knows it: the published fields, with null for what is absent. */
export interface Grant extends GrantIdentity, Names {
  status: GrantStatus;
  token_count: number;
  granted_at: Date;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  /** The latest expiry of an unrevoked row; `NEVER` when one never expires, null when all are revoked. */
  live_until: Date | null;
  /** Finds the grant's rows; never says that two grants are the same. */
  grant_hash: bigint;
}

/** What the rows of one grant say of it; the rest is in other collections. */
export interface GroupedRows extends Omit<Grant, keyof GrantIdentity | 'granted_at' | keyof Names> {
  _id: GrantIdentity;
  /** The consents that the rows name, each once; of any type. */
  consent_ids: ConsentId[];
  /** The hashes that the rows have; any but `grant_hash` is another grant's. */
  stored_hashes: unknown[];
}

/** A filter on rows, as MongoDB takes it. */
export type RowFilter = Record<string, unknown>;

/** Stands for "never" while dates are compared: later than any date a row can hold. */
export const NEVER = new Date(8.64e15);

/**
 * The one definition of how refresh-token rows become grants (design, "From rows to grants"): rows with the same
 * client, user, account, project, resource and scope set are one grant, and its status follows from the latest
 * expiry of its unrevoked rows. A row expires when `expires_at <= now`. What comes out has the six values as `_id`.
 *
 * @param rows which rows to group; must choose whole grants, so match on the six values only
 * @param now the moment that decides what has expired
 */
export function groupRows(rows: RowFilter, now: Date): PipelineStage[] {
  return [
    { $match: { ...rows, purged: { $ne: true } } },
    { $group: { _id: identityOfRow(), ...facts } },
    {
      $set: {
        status: statusAt(now),
        grant_hash: hashOf('$_id'),
        expires_at: { $cond: [{ $gte: ['$expires_at', NEVER] }, null, '$expires_at'] },
      },
    },
  ];
}

/** What the rows of one grant add up to. */
const facts = {
  token_count: { $sum: 1 },
  created_at: { $min: date('$created_at', date('$updated_at', new Date(0))) },
  last_used_at: { $max: date('$last_used_at') },
  expires_at: { $max: date('$expires_at', NEVER) },
  live_until: { $max: { $cond: [isRevoked('$revoked_at'), null, date('$expires_at', NEVER)] } },
  consent_ids: { $addToSet: consentNamed('$$REMOVE') },
  stored_hashes: { $addToSet: '$grant_hash' },
} as const;

/**
 * The six values of a row as the grant's key. One that is missing counts as empty, so that a stray row is still seen
 * and can still be revoked.
 */
export function identityOfRow(): Record<keyof GrantIdentity, unknown> {
  const [client_id, user_id, account_id, project_id, resource] = TEXT_VALUES.map((name) =>
    text(`$${name}`, ''),
  );
  return { client_id, user_id, account_id, project_id, resource, scope: textSet('$scope') };
}

/** The hash of a row's six values. MongoDB has one for sharding, so that a pipeline can make it too. */
export function hashOfRow(): object {
  return hashOf(identityOfRow());
}

/** Makes the database find rows by their hash, which its planner cannot know to be the best way. */
export const BY_HASH = { hint: { grant_hash: 1 } } as const;

/** The filter on rows that have the hash of another grant. */
export const IS_MISFILED = { $expr: { $ne: ['$grant_hash', hashOfRow()] } };

function hashOf(identity: unknown): object {
  return { $toHashedIndexKey: identity };
}

/** Chooses grants by the values given. Always inside one account: nothing here reads across accounts. */
export type GrantFilter = { account_id: string } & Partial<Omit<GrantIdentity, 'account_id' | 'scope'>>;

/** The filter on rows that finds those of every grant chosen. */
export function rowsOfGrants(filter: GrantFilter): RowFilter {
  // Without it, the filter would reach into every account.
  checked(filter.account_id);
  const rows: RowFilter = {};
  for (const name of TEXT_VALUES) {
    const value = filter[name];
    if (value !== undefined) rows[name] = hasText(value);
  }
  return rows;
}

/** The filter on rows that finds exactly those of one grant, by what makes it. */
export function rowsOfGrant(identity: GrantIdentity): RowFilter {
  return {
    ...rowsOfGrants(identity),
    $expr: { $eq: [textSet('$scope'), { $literal: identity.scope.map(checked) }] },
  };
}

function statusAt(now: Date): object {
  const unlessExpired = { $cond: [{ $lte: ['$live_until', now] }, 'expired', 'active'] };
  return { $cond: [{ $eq: ['$live_until', null] }, 'revoked', unlessExpired] };
}
