import type { PipelineStage } from 'mongoose';
import { checked } from '../../database/filters.ts';
import type { ConsentId } from './consent-ids.ts';
import { checkedIdentity, type GrantIdentity, TEXT_VALUES } from './identity.ts';
import { consentNamed, date, hasText, isRevoked, text, textSet, withTextIn } from './values.ts';

export const GRANT_STATUSES = ['active', 'expired', 'revoked'] as const;
export type GrantStatus = (typeof GRANT_STATUSES)[number];

/** The names of a grant's client and user. */
export interface Names {
  client_name: string;
  user_name: string | null;
  user_email: string | null;
}

/** A grant in the domain: the published fields, with null for absent ones. */
export interface Grant extends GrantIdentity, Names {
  status: GrantStatus;
  token_count: number;
  granted_at: Date;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  /** Latest expiry of an unrevoked row; `NEVER` if one never expires, null if all are revoked. */
  live_until: Date | null;
  /** Finds the grant's rows; never proves that two grants are the same. */
  grant_hash: bigint;
  /** Whether its newest token was rotated, and the next one is not there yet: some writers consume first. */
  in_rotation: boolean;
}

/** What the rows of one grant say of it; the rest comes from other collections. */
export interface GroupedRows extends Omit<Grant, keyof GrantIdentity | 'granted_at' | keyof Names> {
  _id: GrantIdentity;
  /** The distinct consents that the rows name; ids of any type. */
  consent_ids: ConsentId[];
  /** The hashes stored in the rows; any other than `grant_hash` belongs to another grant. */
  stored_hashes: unknown[];
}

/** A MongoDB filter on rows. */
export type RowFilter = Record<string, unknown>;

/** "Never" in date comparisons: later than any date a row can hold. */
export const NEVER = new Date(8.64e15);

/**
 * The one definition of how refresh-token rows become grants (design, "From rows to grants"): rows with the same
 * client, user, account, project, resource and scope set are one grant, and its status follows from the latest expiry
 * of its unrevoked rows. A row expires when `expires_at <= now`. Each result has the six values as `_id`.
 *
 * @param rows which rows to group; must select whole grants, so match on the six values only
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
        in_rotation: { $not: '$newest.is_last' },
        expires_at: { $cond: [{ $gte: ['$expires_at', NEVER] }, null, '$expires_at'] },
      },
    },
    { $unset: 'newest' },
  ];
}

const CREATED_AT = date('$created_at', date('$updated_at', new Date(0)));

const facts = {
  token_count: { $sum: 1 },
  created_at: { $min: CREATED_AT },
  last_used_at: { $max: date('$last_used_at') },
  expires_at: { $max: date('$expires_at', NEVER) },
  live_until: { $max: { $cond: [isRevoked('$revoked_at'), null, date('$expires_at', NEVER)] } },
  /** The row created last; of several, one that was not rotated. */
  newest: { $max: { created_at: CREATED_AT, is_last: { $ne: ['$revoked_reason', 'rotated'] } } },
  consent_ids: { $addToSet: consentNamed('$$REMOVE') },
  stored_hashes: { $addToSet: '$grant_hash' },
} as const;

/**
 * A row's six values as the grant's key. A missing value counts as empty, so that a stray row is listed and revocable.
 */
export function identityOfRow(): object {
  const texts = TEXT_VALUES.map((name) => [name, text(`$${name}`, '')]);
  return { ...Object.fromEntries(texts), scope: textSet('$scope') };
}

/** The hash of a row's six values. It is MongoDB's sharding hash, so that a pipeline can compute it too. */
export function hashOfRow(): object {
  return hashOf(identityOfRow());
}

/** Finds rows by their hash; the planner cannot know that this index is the best. */
export const BY_HASH = { hint: { grant_hash: 1 } } as const;

/** Filter: rows whose stored hash is not their own, or missing. */
export const IS_MISFILED = { $expr: { $ne: ['$grant_hash', hashOfRow()] } };

/** Update: gives a row its own hash and makes it pending. */
export const REFILED = [{ $set: { grant_hash: hashOfRow() } }, { $unset: 'grouped' }];

function hashOf(identity: unknown): object {
  return { $toHashedIndexKey: identity };
}

/** Selects grants by the values given. Always inside one account: nothing here reads across accounts. */
export type GrantFilter = { account_id: string } & Partial<Omit<GrantIdentity, 'account_id' | 'scope'>>;

/** The values that a filter gives, by name. */
export function valuesGiven(filter: GrantFilter): [name: string, value: string][] {
  // Without an account, it would select grants of every account.
  checked(filter.account_id);
  return TEXT_VALUES.flatMap((name) => (filter[name] === undefined ? [] : [[name, filter[name]]]));
}

/** Filter: the rows of every selected grant. */
export function rowsOfGrants(filter: GrantFilter): RowFilter {
  return Object.fromEntries(valuesGiven(filter).map(([name, value]) => [name, hasText(value)]));
}

/**
 * Filter: exactly the rows of some grants, by their six values. The index of the five texts narrows them; an `$or` with a
 * part for each grant says the same, but the database plans each part separately.
 */
export function rowsOfIdentities(identities: GrantIdentity[]): RowFilter {
  const some = identities.map(checkedIdentity);
  const texts = TEXT_VALUES.map((name) => withTextIn(name, new Set(some.map((one) => one[name]))));
  return { $and: texts, $expr: { $in: [identityOfRow(), { $literal: some }] } };
}

function statusAt(now: Date): object {
  const unlessExpired = { $cond: [{ $lte: ['$live_until', now] }, 'expired', 'active'] };
  return { $cond: [{ $eq: ['$live_until', null] }, 'revoked', unlessExpired] };
}
