import { isDeepStrictEqual } from 'node:util';
import type { mongo } from 'mongoose';
import { checked } from '../../database/filters.ts';
import type { Names } from '../rows/grouping.ts';
import type { GrantIdentity } from '../rows/identity.ts';
import type { NamesRead } from '../rows/names.ts';
import type { PartyId, Store, StoredParty } from '../rows/store.ts';
import { wordsOf } from '../rows/words.ts';
import { IS_SHOWN } from './stored-grant.ts';

/*
 * The parties of the stored grants, which a search finds by words. They are stored before a grant is, so every grant that
 * is `searchable` has its parties. A party may outlast its last grant by a day or two, and its name may have changed:
 * whoever reads one checks both.
 */

/** A user or client in an account. */
export type Party = Omit<PartyId, 'project_id'>;

/** A party without grants that was not written for so long, in milliseconds, is deleted. */
export const PARTY_MEMORY = 24 * 60 * 60 * 1_000;

/** What was written within so many milliseconds will not be deleted before the grant is stored that it is needed for. */
const FRESH = PARTY_MEMORY / 2;

/** The words that a party is found by: a client by those of its name, a user by those of name and e-mail. */
export function wordsOfParty(kind: PartyId['kind'], names: Partial<Names>): string[] {
  const texts = kind === 'client' ? [names.client_name] : [names.user_name, names.user_email];
  return [...new Set(texts.flatMap((text) => wordsOf(text ?? '')))];
}

/** Stores the parties of grants that are about to be stored, so that they are there until the grants are. */
export async function storeParties(
  { parties }: Store,
  grants: ({ _id: GrantIdentity } & Names)[],
): Promise<void> {
  const wanted = new Map<string, Pick<StoredParty, '_id' | 'words'>>();
  for (const grant of grants) {
    for (const _id of partiesOf(grant._id)) {
      const key = JSON.stringify(_id);
      if (!wanted.has(key)) wanted.set(key, { _id, words: wordsOfParty(_id.kind, grant) });
    }
  }
  if (wanted.size === 0) return;
  const isFresh = { $gt: ['$written_at', { $subtract: ['$$NOW', FRESH] }] };
  const ids = [...wanted.values()].map(({ _id }) => _id);
  const fresh = { _id: { $in: ids }, $expr: isFresh };
  const options = { projection: { words: 1 }, batchSize: ids.length + 1 };
  for (const { _id, words } of await parties.find(fresh, options).toArray()) {
    const key = JSON.stringify(_id);
    if (isDeepStrictEqual(words, wanted.get(key)?.words)) wanted.delete(key);
  }
  const writes = [...wanted.values()].map(({ _id, words }) => ({
    updateOne: {
      filter: { _id },
      update: { $set: { words }, $currentDate: { written_at: true } } as const,
      upsert: true,
    },
  }));
  if (writes.length > 0) await parties.bulkWrite(writes, { ordered: false });
}

/** The user and the client of a grant, each in the account and in the project. */
function partiesOf({ account_id, project_id, user_id, client_id }: GrantIdentity): PartyId[] {
  return [null, project_id].flatMap((project) => [
    partyId({ account_id, kind: 'user', id: user_id }, project),
    partyId({ account_id, kind: 'client', id: client_id }, project),
  ]);
}

/** Names a stored party, with the fields in their order. */
export function partyId({ account_id, kind, id }: Party, project_id: string | null): PartyId {
  return { account_id: checked(account_id), kind, id: checked(id), project_id };
}

/** Gives a party other words, in the account and each of its projects. */
export async function renameParty(
  { parties }: Store,
  { account_id, kind, id }: Party,
  words: string[],
): Promise<void> {
  // Its documents lie together: they begin with these three fields, and the next one has another id.
  const from = { $literal: { account_id, kind, id } };
  const until = { $literal: { account_id, kind, id: `${id}\0` } };
  const own = { $expr: { $and: [{ $gte: ['$_id', from] }, { $lt: ['$_id', until] }] } };
  await parties.updateMany(own, { $set: { words } }, { hint: { _id: 1 } });
}

/** Gives stored parties that were renamed the words of their current names. */
export async function correctWords(
  store: Store,
  parties: Pick<StoredParty, '_id' | 'words'>[],
  { nameOfClient, namesOfUser }: Pick<NamesRead, 'nameOfClient' | 'namesOfUser'>,
): Promise<void> {
  for (const { _id, words } of parties) {
    const names = _id.kind === 'client' ? nameOfClient(_id.id) : namesOfUser(_id.id);
    const current = wordsOfParty(_id.kind, names);
    if (!isDeepStrictEqual(words, current)) await renameParty(store, _id, current);
  }
}

/** Which of some stored parties have a grant that lists show. */
export async function havingGrants({ parties, grants }: Store, ids: PartyId[]): Promise<PartyId[]> {
  const grantsBy = (kind: PartyId['kind']) => ({
    $lookup: {
      from: grants.collectionName,
      let: { account_id: '$_id.account_id', id: '$_id.id', project_id: '$_id.project_id' },
      pipeline: [
        {
          $match: {
            ...IS_SHOWN,
            $expr: {
              $and: [
                { $eq: ['$_id.account_id', '$$account_id'] },
                { $eq: [`$_id.${kind}_id`, '$$id'] },
                { $in: ['$$project_id', [null, '$_id.project_id']] },
              ],
            },
          },
        },
        { $limit: 1 },
        { $project: { _id: 1 } },
      ],
      as: 'grants',
    },
  });
  const found = (['user', 'client'] as const).map(async (kind) => {
    const some = ids.filter((id) => id.kind === kind);
    if (some.length === 0) return [];
    const pipeline: mongo.Document[] = [
      { $match: { _id: { $in: some } } },
      grantsBy(kind),
      { $match: { grants: { $ne: [] } } },
      { $project: { _id: 1 } },
    ];
    const options = { batchSize: some.length + 1 };
    return parties.aggregate<Pick<StoredParty, '_id'>>(pipeline, options).toArray();
  });
  return (await Promise.all(found)).flat().map(({ _id }) => _id);
}
