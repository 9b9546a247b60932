import type { mongo } from 'mongoose';
import { WRITE_LIMIT } from '../../database/connect.ts';
import { equals } from '../../database/filters.ts';
import { nativeCollection } from '../../database/native.ts';
import { type ConsentId, canBeConsentId, consentKey } from '../consent-ids.ts';
import { BY_HASH, hashOfRow, type RowFilter } from '../grouping.ts';
import type { RevocationOptions, Revoked } from '../revocation.ts';
import { consentNamed, readText, text, UNREVOKED } from '../values.ts';
import type { GrantDocument } from './document.ts';
import type { GrantModel } from './model.ts';
import type { OwnBatch } from './state.ts';

/** A grant to revoke, as the read model has it. */
export type Chosen = Pick<GrantDocument, '_id' | 'grant_hash'>;

interface RowsOptions extends RevocationOptions {
  account_id: string;
  /** Which of the grants' rows. */
  only: RowFilter;
  /** Rows written before it are in the read model as they are. */
  watermark: Date | undefined;
  /** What rows and consents are marked with that the caller brings into the read model. */
  own: OwnBatch;
}

/** What tokens and consents have in common. */
interface RevocableRow {
  _id: ConsentId;
  user_id: unknown;
  revoked_at: Date | null;
  updated_at: Date;
  revocation_id?: bigint;
}

type Rows = mongo.Collection<RevocableRow>;

const WRITE_BY_HASH = { ...BY_HASH, ...WRITE_LIMIT } as const;

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
    const named = [...(await consentsNamedBy(tokens, unseen)), ...(await consentsNamedBy(tokens, seen))];
    const own = await ownConsents(consents, named, options.account_id);
    revoked.revoked_consents = await revoke(consents, own, options);
  }
  const { now, own, only } = options;
  // A row that gets its hash between the two statements falls to the second.
  const { modifiedCount } = await tokens.updateMany(
    { ...unseen, ...only, ...UNREVOKED },
    { $set: { revoked_at: now, updated_at: own.at } },
    WRITE_BY_HASH,
  );
  revoked.revoked_tokens =
    modifiedCount + (await revoke(tokens, { ...seen, ...only }, options, WRITE_BY_HASH));
  return revoked;
}

/** The filters on rows that find those of some grants: those that no refresh has met yet, and all others. */
function rowsBehind(grants: Chosen[], account: string): [unseen: RowFilter, seen: RowFilter] {
  const account_id = equals(account);
  const hashes = grants.map(({ grant_hash }) => grant_hash);
  return [
    { account_id, grant_hash: null, $expr: { $in: [hashOfRow(), { $literal: hashes }] } },
    { account_id, grant_hash: { $in: hashes } },
  ];
}

interface Named {
  /** Of any type; null where a row names none. */
  consent_id: ConsentId;
  user_id: string;
}

async function consentsNamedBy(tokens: Rows, rows: RowFilter): Promise<Named[]> {
  const named = { consent_id: consentNamed(null), user_id: text('$user_id', '') };
  const found = await tokens
    .aggregate<{ _id: Named }>([{ $match: rows }, { $group: { _id: named } }], WRITE_BY_HASH)
    .toArray();
  return found.map(({ _id }) => _id).filter(({ consent_id }) => canBeConsentId(consent_id));
}

/** A consent goes only with a row of its own account and user: one that names a stranger's revokes nothing. */
async function ownConsents(consents: Rows, named: Named[], account_id: string): Promise<RowFilter> {
  const key = ({ consent_id, user_id }: Named) => JSON.stringify([consentKey(consent_id), user_id]);
  const keys = new Set(named.map(key));
  const which: RowFilter = {
    _id: { $in: named.map(({ consent_id }) => consent_id) },
    account_id: equals(account_id),
  };
  const found = await consents.find(which, { projection: { user_id: 1 } }).toArray();
  const own = found.filter(({ _id, user_id }) =>
    keys.has(key({ consent_id: _id, user_id: readText(user_id) ?? '' })),
  );
  return { _id: { $in: own.map(({ _id }) => _id) }, account_id: equals(account_id) };
}

/**
 * Revokes what is not revoked. A row written so lately that the model may not know how it was is not marked: the next
 * refresh has to look at it.
 */
async function revoke(
  rows: Rows,
  which: RowFilter,
  { now, watermark = new Date(0), own }: RowsOptions,
  options: mongo.UpdateOptions = WRITE_LIMIT,
): Promise<number> {
  const unrevoked = { ...which, ...UNREVOKED };
  const set = { revoked_at: now, updated_at: own.at };
  const settled = await rows.updateMany(
    { ...unrevoked, updated_at: { $lt: watermark } },
    { $set: { ...set, revocation_id: own.id } },
    options,
  );
  const recent = await rows.updateMany(unrevoked, { $set: set, $unset: { revocation_id: '' } }, options);
  return settled.modifiedCount + recent.modifiedCount;
}
