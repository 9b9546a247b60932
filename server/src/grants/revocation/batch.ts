import { WRITE_LIMIT } from '../../database/connect.ts';
import { writeGrantEntries } from '../audit/entries.ts';
import { type Asked, type BegunEvent, expiryOf } from '../audit/record.ts';
import type { ModelContext } from '../read-model/context.ts';
import {
  grantsOf,
  hintOf,
  lowerMark,
  NOT_SUSPENDED,
  rowsOf,
  suspensionsOf,
  takesLiveRows,
} from '../read-model/mark.ts';
import { IS_PENDING, settleClaimed } from '../read-model/pending.ts';
import { regroup } from '../read-model/regroup.ts';
import { IS_SHOWN } from '../read-model/stored-grant.ts';
import { endSuspensions, endWithoutTokens, returnMark } from '../read-model/suspended.ts';
import { type ConsentId, canBeConsentId, consentKey } from '../rows/consent-ids.ts';
import { BY_HASH, hashOfRow, IS_MISFILED, type RowFilter, rowsOfGrants } from '../rows/grouping.ts';
import type { RevocationBatch, Store, Suspension } from '../rows/store.ts';
import { consentNamed, expiredBy, hasText, readText, text, UNREVOKED } from '../rows/values.ts';
import { spareUsed } from './unused.ts';

/** What a revocation changed: rows that went from unrevoked to revoked, each counted once. */
export interface Revoked {
  revoked_tokens: number;
  revoked_consents: number;
}

export interface RevocationOptions {
  /** The revocation's id. What it revokes gets it as `revocation_id`; a repetition with the same id goes on with it. */
  id: string;
  /** Who asked, for the audit trail. */
  asked: Asked;
  /** Also revoke the consents that the grants' rows name. */
  include_consent: boolean;
  now: Date;
  /** Ends the work between two batches and throws its reason. Repeating the request does the rest. */
  stopping: AbortSignal;
}

/** The event of a revocation that somebody asked for. */
export function eventOf({
  id,
  asked,
  include_consent,
  now: at,
}: Omit<RevocationOptions, 'stopping'>): BegunEvent {
  return { id, ...asked, action: 'revoke', reason: 'requested', include_consent, at };
}

type NewBatch = Omit<RevocationBatch, '_id' | 'mark' | 'begun_at' | 'tried_at' | 'finished_at'>;

/** Revokes a batch of grants: writes down which, then carries it out. If it is cut off, another server finishes it. */
export async function revokeBatch(model: ModelContext, batch: NewBatch): Promise<Revoked> {
  const _id = model.newId();
  const begun = { ...batch, mark: _id, finished_at: null };
  await model.store.batches.updateOne(
    { _id },
    { $set: begun, $currentDate: { begun_at: true, tried_at: true } },
    { upsert: true },
  );
  return carryOut(model, { ...begun, _id, begun_at: batch.at, tried_at: batch.at });
}

/**
 * The steps of a revocation. A repetition needs another mark: the first attempt may still be running, and must lose.
 */
export async function carryOut(model: ModelContext, asked: RevocationBatch): Promise<Revoked> {
  const { store } = model;
  await raiseMark(model, asked);
  await file(store, asked);
  const batch = await spareUsed(model, asked);
  const revoked = await revokeRows(model, batch);
  await model.versions.change(batch.account_ids, () => writeRevoked(model, batch));
  await settleClaimed(store.rows, { grant_hash: { $in: batch.hashes } }, batch.mark, BY_HASH);
  await writeEntries(model, batch);
  const own = { _id: batch._id, mark: batch.mark };
  await store.batches.updateOne(own, { $currentDate: { finished_at: true } });
  return revoked;
}

/** Writes down in the audit trail what the batch changed. */
export async function writeEntries(model: ModelContext, batch: Omit<RevocationBatch, '_id'>): Promise<void> {
  const { store } = model;
  const { revocation_id: _id, at } = batch;
  const isByFilter = 'filter' in batch.chosen;
  // An event that was deleted, because nothing had been revoked yet, comes back when the revocation ends.
  const begun = { _id, at, action: 'revoke', expire_at: expiryOf(model, at, isByFilter) } as const;
  const event = (await store.events.findOne({ _id })) ?? begun;
  const hint = isByFilter ? BY_HASH : { hint: { revocation_id: 1 } };
  await writeGrantEntries(store, event, rowsOf(batch), hint);
}

/**
 * Marks the grants of a batch, so that a process that read an older version loses from now on. A grant that is no
 * longer stored, because the collection was dropped, is stored first.
 */
async function raiseMark(model: ModelContext, batch: RevocationBatch): Promise<void> {
  const { grants } = model.store;
  const mark = { revocation: batch.mark, revoking: true, version: batch.mark };
  const raise = () =>
    grants.updateMany(
      // Once each: a version that came back would let a process write that had read it before.
      { ...grantsOf(batch), revocation: { $ne: batch.mark } },
      { $set: mark, $unset: NOT_SUSPENDED },
    );
  const { matchedCount } = await raise();
  if (matchedCount >= batch.hashes.length) return;
  await regroup(model, batch.hashes);
  await raise();
}

/** Files the grants' rows that are not filed yet. Only needed where rows are found by their hash. */
async function file({ rows }: Store, { chosen, hashes }: RevocationBatch): Promise<void> {
  if (!('filter' in chosen)) return;
  const isTheirs = { $in: [hashOfRow(), { $literal: hashes }] };
  const which = {
    ...rowsOfGrants(chosen.filter),
    ...IS_PENDING,
    $expr: { $and: [IS_MISFILED.$expr, isTheirs] },
  };
  if ((await rows.findOne(which, { projection: { _id: 1 } })) === null) return;
  await rows.updateMany(which, [{ $set: { grant_hash: hashOfRow() } }], WRITE_LIMIT);
}

/**
 * Consents are revoked before the rows of grants: an authorization server that checks the consent then mints no new
 * token. When a consent itself is revoked, its rows go first: after a crash, the user still sees the consent and
 * revokes it again. Its rows go once more after it, with what was issued while it still stood.
 */
async function revokeRows(model: ModelContext, batch: RevocationBatch): Promise<Revoked> {
  const { chosen, mark } = batch;
  const which = rowsToRevoke(batch);
  const update = revokedBy(batch, { claim: mark }, { revoked_reason: 'revoked', ...FILED });
  const options = { ...WRITE_LIMIT, ...hintOf(batch) };
  const revokeTokens = async () => (await model.store.rows.updateMany(which, update, options)).modifiedCount;
  if (!('consent_id' in chosen)) {
    const revoked_consents = batch.include_consent ? await revokeNamedConsents(model.store, batch) : 0;
    return { revoked_tokens: await revokeTokens(), revoked_consents };
  }
  const before = await revokeTokens();
  const { consent_id, user_id } = chosen;
  const own: RowFilter = { _id: { $eq: consent_id }, user_id: hasText(user_id), ...UNREVOKED };
  const { modifiedCount } = await model.store.consents.updateOne(
    own,
    revokedBy(batch, { done: true }),
    WRITE_LIMIT,
  );
  return { revoked_tokens: before + (await revokeTokens()), revoked_consents: modifiedCount };
}

/** Without its newest row, which may be pending, a grant would be regrouped as if it were still in rotation. */
const FILED = { grant_hash: whereSettled('$grant_hash', hashOfRow()) };

function whereSettled(then: unknown, otherwise: unknown): object {
  return { $cond: [{ $eq: ['$grouped.done', true] }, then, otherwise] };
}

/** Settled rows get `settled` and the moment; pending ones stay pending, but unclaimed, as after any write. */
function revokedBy(
  { at, revocation_id }: Pick<RevocationBatch, 'at' | 'revocation_id'>,
  settled: { claim: string } | { done: true },
  fields: object = {},
): object[] {
  const grouped = whereSettled({ $literal: { ...settled, at } }, '$$REMOVE');
  const id = { $literal: revocation_id };
  return [{ $set: { revoked_at: at, ...fields, revocation_id: id, updated_at: at, grouped } }];
}

/**
 * Revokes the consents that rows of a batch name. Settled ones stay settled: grants do not show that a consent is
 * revoked.
 */
async function revokeNamedConsents(store: Store, batch: RevocationBatch): Promise<number> {
  const own = await consentsToRevoke(store, batch);
  if (own.length === 0) return 0;
  return revokeConsents(store, own, batch);
}

/** Revokes consents, and no tokens. Returns how many it revoked. */
export async function revokeConsents(
  { consents }: Store,
  some: { _id: ConsentId }[],
  by: Pick<RevocationBatch, 'at' | 'revocation_id'>,
): Promise<number> {
  const unrevoked: RowFilter = { _id: { $in: some.map(({ _id }) => _id) }, ...UNREVOKED };
  return (await consents.updateMany(unrevoked, revokedBy(by, { done: true }), WRITE_LIMIT)).modifiedCount;
}

/** A batch, as far as it says which grants are in it. */
export type GrantsOfBatch = Pick<RevocationBatch, 'chosen' | 'hashes'>;

/**
 * The unrevoked consents that rows of a batch name. A consent needs a row of its own account and user: a row that names
 * a stranger's consent revokes nothing.
 */
export async function consentsToRevoke(
  { rows, consents }: Store,
  batch: GrantsOfBatch,
): Promise<{ _id: ConsentId; user_id: string }[]> {
  const found = await rows
    .aggregate<{ _id: Named }>([{ $match: rowsOf(batch) }, { $group: { _id: NAMED } }], hintOf(batch))
    .toArray();
  const named = found.map(({ _id }) => _id).filter(({ consent_id }) => canBeConsentId(consent_id));
  if (named.length === 0) return [];
  const keys = new Set(named.map(keyOf));
  const which: RowFilter = { _id: { $in: named.map(({ consent_id }) => consent_id) }, ...UNREVOKED };
  const known = await consents.find(which, { projection: { account_id: 1, user_id: 1 } }).toArray();
  return known.flatMap(({ _id, account_id, user_id: user }) => {
    const user_id = readText(user) ?? '';
    const isOwn = keys.has(keyOf({ consent_id: _id, account_id: readText(account_id) ?? '', user_id }));
    return isOwn ? [{ _id, user_id }] : [];
  });
}

/** Filter: the rows that a batch revokes. */
export function rowsToRevoke(batch: GrantsOfBatch & Pick<RevocationBatch, 'status' | 'at'>): RowFilter {
  const only = takesLiveRows(batch) ? {} : expiredBy(batch.at);
  return { ...rowsOf(batch), ...only, ...UNREVOKED };
}

interface Named {
  consent_id: ConsentId;
  account_id: string;
  user_id: string;
}

const NAMED = {
  consent_id: consentNamed(null),
  account_id: text('$account_id', ''),
  user_id: text('$user_id', ''),
};

function keyOf({ consent_id, account_id, user_id }: Named): string {
  return JSON.stringify([consentKey(consent_id), account_id, user_id]);
}

/**
 * Writes grants as revoked if nobody has written them since they were marked: all their rows are. The others may have
 * rows written meanwhile, the token that one in rotation waits for may be there by now, a consent's grants may have rows
 * that do not name it, and a suspension may last: those are regrouped. Then the mark no longer says that a revocation is
 * under way.
 */
async function writeRevoked(model: ModelContext, batch: RevocationBatch): Promise<void> {
  const { grants } = model.store;
  const version = model.newId();
  const { hashes, status, at, mark } = batch;
  const isOfConsent = 'consent_id' in batch.chosen;
  let suspended: readonly Suspension[] = suspensionsIn(batch, await suspensionsOf(model.store, hashes));
  if (takesLiveRows(batch) && !isOfConsent) {
    await endSuspensions(model, suspended, 'revoked');
    suspended = [];
  }
  if (!isOfConsent) {
    const asChosen = takesLiveRows(batch) ? IS_SHOWN : { status, live_until: { $not: { $gt: at } } };
    const isFree = suspended.length > 0 ? { $nor: suspended.map(({ grant }) => ({ _id: grant })) } : {};
    const { matchedCount } = await grants.updateMany(
      {
        ...grantsOf(batch),
        version: mark,
        in_rotation: { $ne: true },
        ...isFree,
        ...(asChosen as typeof IS_SHOWN),
      },
      { $set: { status: 'revoked', live_until: null, version }, $unset: { revoking: '' } },
    );
    if (matchedCount === hashes.length) return;
  }
  const others = { ...grantsOf(batch), version: { $ne: version } };
  await regroup(model, await grants.distinct('grant_hash', others));
  if (isOfConsent) suspended = await endWithoutTokens(model, suspended, 'revoked');
  await returnMark(model, batch, suspended);
  await lowerMark(model.store, batch);
}

/** Those of a batch's grants: two grants may have the same hash. */
function suspensionsIn({ chosen }: RevocationBatch, found: readonly Suspension[]): readonly Suspension[] {
  if (found.length === 0 || !('grants' in chosen)) return found;
  const ids = new Set(chosen.grants.map((grant) => JSON.stringify(grant)));
  return found.filter(({ grant }) => ids.has(JSON.stringify(grant)));
}

/** What a revocation has changed so far, whichever processes did it; from the index of `revocation_id`. */
export async function countRevoked({ rows, consents }: Store, revocation_id: string): Promise<Revoked> {
  const [revoked_tokens, revoked_consents] = await Promise.all([
    rows.countDocuments({ revocation_id }),
    consents.countDocuments({ revocation_id }),
  ]);
  return { revoked_tokens, revoked_consents };
}
