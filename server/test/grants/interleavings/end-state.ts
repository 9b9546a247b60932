import { isDeepStrictEqual } from 'node:util';
import { differences, writeDifference } from '../../../src/grants/read-model/check.ts';
import { TAKING_LIVE_ROWS, takesLiveRows } from '../../../src/grants/read-model/mark.ts';
import type { GrantModel } from '../../../src/grants/read-model/model.ts';
import type { RevocationBatch } from '../../../src/grants/rows/store.ts';
import { grantIdOf } from '../reference.ts';
import type { History } from './history.ts';
import type { Revocations } from './revocations.ts';
import type { Suspensions } from './suspensions.ts';
import type { Tokens } from './writer.ts';

export interface End {
  /** Of a process that looks at it alone. */
  model: GrantModel;
  history: History;
  tokens: Tokens;
  revocations: Revocations;
  suspensions: Suspensions;
}

/** Says what is wrong when everybody is done, and what was cut off has been finished. */
export async function mistakesAtEnd(end: End): Promise<string[]> {
  const { model } = end;
  const { rows, consents, grants, batches, state } = model.store;
  const pending = { 'grouped.done': { $ne: true } };
  const counts = {
    'rows that are pending': await rows.countDocuments(pending),
    'consents that are pending': await consents.countDocuments(pending),
    'grants under revocation': await grants.countDocuments({
      revoking: true,
      suspension: { $exists: false },
    }),
    'revocations that are not finished': await batches.countDocuments({ finished_at: null }),
    'rows that look forgotten': await rows.countDocuments(IS_FORGOTTEN),
    'consents that look forgotten': await consents.countDocuments(IS_FORGOTTEN),
    leases: await state.countDocuments({ lease: { $exists: true } }),
  };
  const mistakes = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  for await (const difference of differences(model)) {
    mistakes.push(`the model differs: ${writeDifference(difference)}`);
  }
  return [
    ...mistakes,
    ...(await wrongSuspensions(end)),
    ...(await wrongRows(end)),
    ...(await survivors(end)),
  ];
}

/** Suspended are the grants of suspensions that last, and no others. One ends only if somebody ends it. */
async function wrongSuspensions({ model, suspensions }: End): Promise<string[]> {
  const { store } = model;
  const all = await store.suspensions.find({}).toArray();
  const marked = await store.grants.distinct('suspension', { revoking: true });
  const lasting = all.filter(({ ended_at }) => ended_at === null).map(({ _id }) => _id);
  const mistakes = isDeepStrictEqual(marked.toSorted(), lasting.toSorted())
    ? []
    : [`suspended are the grants of ${marked}, but ${lasting} last`];
  for (const { _id, grant_hash, ended } of all) {
    if (ended === 'refused' && suspensions.wasAnswered(_id)) mistakes.push(`${_id} was answered and refused`);
    const isRevoked = {
      hashes: grant_hash,
      finished_at: { $type: 'date' },
      status: { $in: [...TAKING_LIVE_ROWS] },
    };
    if (ended === 'revoked' && (await store.batches.countDocuments(isRevoked as object)) === 0) {
      mistakes.push(`${_id} was ended by no revocation`);
    }
  }
  return mistakes;
}

const IS_FORGOTTEN = { $expr: { $ne: ['$grouped.at', '$updated_at'] } };

/** The history must be what the rows are, or it proves nothing. */
async function wrongRows({ model, history }: End): Promise<string[]> {
  const ids = (await model.store.rows.distinct('_id', {})).toSorted();
  const known = [...history.at(history.latest).rows.keys()].toSorted();
  return isDeepStrictEqual(ids, known) ? [] : [`there are the rows ${ids}, but known are ${known}`];
}

/**
 * Tokens that are alive although they were revoked, or were rotated from one that was. One that nobody was handed does no harm:
 * its writer was cut off before it read the mark again.
 */
async function survivors({ model, history, tokens, revocations }: End): Promise<string[]> {
  const { grants, batches } = model.store;
  const idsByHash = new Map<bigint, Set<string>>();
  for (const { _id, grant_hash } of await grants.find({ grant_hash: { $exists: true } }).toArray()) {
    const id = Buffer.from(JSON.stringify(_id)).toString('base64url');
    idsByHash.set(grant_hash, (idsByHash.get(grant_hash) ?? new Set()).add(id));
  }
  const living = [...history.at(history.latest).rows.values()].filter(({ revoked_at }) => !revoked_at);
  const found: string[] = [];
  for (const batch of await batches.find({}).toArray()) {
    const began = revocations.momentOf(batch._id);
    if (began === undefined || !takesLiveRows(batch)) continue;
    const revoked = new Set<string>();
    for (const row of history.at(began).rows.values()) {
      if (isChosen(batch, row, idsByHash)) revoked.add(row._id);
    }
    for (const { _id } of living) {
      const ancestors = tokens.ancestorsOf(_id);
      const isExcused = !tokens.issued.has(_id);
      if (!isExcused && ancestors.some((one) => revoked.has(one))) {
        found.push(`${_id} is alive, though ${batch._id} revoked one of ${ancestors}`);
      }
    }
  }
  return found;
}

type Row = Parameters<typeof grantIdOf>[0];

function isChosen(
  { chosen, hashes }: RevocationBatch,
  row: Row,
  idsByHash: Map<bigint, Set<string>>,
): boolean {
  if ('consent_id' in chosen) return row.consent_id === chosen.consent_id && row.user_id === chosen.user_id;
  const id = grantIdOf(row);
  if ('filter' in chosen) return hashes.some((hash) => idsByHash.get(hash)?.has(id));
  return chosen.grants.some((grant) => Buffer.from(JSON.stringify(grant)).toString('base64url') === id);
}
