import type { mongo } from 'mongoose';
import { nativeCollection } from '../../database/native.ts';
import { hashOfRow, type RowFilter } from '../grouping.ts';
import { consentsOf, type Revoked } from '../revocation.ts';
import type { GrantDocument } from './document.ts';
import type { GrantModel } from './model.ts';
import type { OwnBatch } from './state.ts';

/** A grant to revoke, as the read model has it. */
export type Chosen = Pick<GrantDocument, '_id' | 'grant_hash'>;

interface RowsOptions {
  account_id: string;
  /** Which of the grants' rows. */
  only: RowFilter;
  include_consent: boolean;
  now: Date;
  /** Rows written before it are in the read model as they are. */
  watermark: Date | undefined;
  /** What rows and consents are marked with that the caller brings into the read model. */
  own: OwnBatch;
}

/** What tokens and consents have in common. */
interface RevocableRow {
  _id: string;
  revoked_at: Date | null;
  updated_at: Date;
  revocation_id?: string;
}

type Rows = mongo.Collection<RevocableRow>;

const BY_HASH = { hint: { grant_hash: 1 } } as const;

/** Revokes all rows of some grants in three statements, and before them the consents they name. */
export async function revokeRowsBehind(
  model: GrantModel,
  grants: Chosen[],
  options: RowsOptions,
): Promise<Revoked> {
  const tokens = nativeCollection<RevocableRow>(model.collections.refreshTokens);
  const consents = nativeCollection<RevocableRow>(model.collections.consents);
  const [unseen, seen] = rowsBehind(grants, options.account_id);
  const revoked: Revoked = { revoked_tokens: 0, revoked_consents: 0 };
  if (options.include_consent) {
    const identities = grants.map(({ _id }) => _id);
    const named = [...(await consentsNamedBy(tokens, unseen)), ...(await consentsNamedBy(tokens, seen))];
    revoked.revoked_consents = await revoke(consents, consentsOf(identities, named), options, {});
  }
  const { now, own, only } = options;
  // A row that gets its hash between the two statements falls to the second.
  const { modifiedCount } = await tokens.updateMany(
    { ...unseen, ...only, revoked_at: null },
    { $set: { revoked_at: now, updated_at: own.at } },
    BY_HASH,
  );
  revoked.revoked_tokens = modifiedCount + (await revoke(tokens, { ...seen, ...only }, options, BY_HASH));
  return revoked;
}

/** The filters on rows that find those of some grants: those that no refresh has met yet, and all others. */
function rowsBehind(grants: Chosen[], account_id: string): [unseen: RowFilter, seen: RowFilter] {
  const hashes = grants.map(({ grant_hash }) => grant_hash);
  return [
    { account_id, grant_hash: null, $expr: { $in: [hashOfRow(), { $literal: hashes }] } },
    { account_id, grant_hash: { $in: hashes } },
  ];
}

async function consentsNamedBy(tokens: Rows, rows: RowFilter): Promise<string[]> {
  const ids = await tokens
    .aggregate<{ _id: unknown }>([{ $match: rows }, { $group: { _id: '$consent_id' } }], BY_HASH)
    .toArray();
  return ids.flatMap(({ _id }) => (typeof _id === 'string' ? _id : []));
}

/**
 * Revokes what is not revoked. A row written so lately that the model may not know how it was is not marked: the next
 * refresh has to look at it.
 */
async function revoke(
  rows: Rows,
  which: RowFilter,
  { now, watermark = new Date(0), own }: RowsOptions,
  options: mongo.UpdateOptions,
): Promise<number> {
  const unrevoked = { ...which, revoked_at: null };
  const set = { revoked_at: now, updated_at: own.at };
  const settled = await rows.updateMany(
    { ...unrevoked, updated_at: { $lt: watermark } },
    { $set: { ...set, revocation_id: own.id } },
    options,
  );
  const recent = await rows.updateMany(unrevoked, { $set: set, $unset: { revocation_id: '' } }, options);
  return settled.modifiedCount + recent.modifiedCount;
}
