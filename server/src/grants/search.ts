import { setImmediate } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../database/connect.ts';
import { checked } from '../database/filters.ts';
import { Backlogged } from '../database/unavailable.ts';
import { storeMissingParties } from './read-model/keep-parties.ts';
import type { GrantModel } from './read-model/model.ts';
import { storedGrantsOf } from './read-model/ordering.ts';
import { correctWords, havingGrants, partyId } from './read-model/parties.ts';
import { IS_SHOWN } from './read-model/stored-grant.ts';
import { inBatches } from './rows/batches.ts';
import type { GrantFilter, Names } from './rows/grouping.ts';
import { byRank, type Match, matchOf, readTyped, type Typed } from './rows/matching.ts';
import { readNamesOf } from './rows/names.ts';
import type { PartyId, Store, StoredParty } from './rows/store.ts';

/** How many users, and how many clients, that have one typed word are looked at for the others. */
const MAX_EXAMINED = 10_000;
/** Among how many typed words, the longest, the rarest is looked for. */
const MAX_COUNTED = 5;
/** Among how many users, and how many clients, that match, the best are chosen. */
const MAX_CANDIDATES = 200;
/** How many names are compared at once: it takes a few milliseconds, and 50 if they are made to take long. */
const NAMES_AT_ONCE = 100;
/** When to ask again while the parties of grants that an older server stored are brought in, in seconds. */
const RETRY_AFTER = 5;

export interface PartySearch {
  /** Whose grants count: those of an account, or of a project or a user in it. */
  filter: GrantFilter;
  /** Beginnings of words, or an id. */
  query: string;
  /** The most users, and the most clients, to find. */
  limit: number;
}

/** Users and clients, of each the best match first. */
export interface FoundParties {
  users: ({ user_id: string } & Pick<Names, 'user_name' | 'user_email'>)[];
  clients: ({ client_id: string } & Pick<Names, 'client_name'>)[];
}

/**
 * Finds the users and clients of the selected grants, whatever the status of these, by the words of their current names
 * or by id. Just after a rename, the new name may not be found yet.
 *
 * @throws Backlogged or DatabaseSlow if the read model cannot be brought up to date in time
 */
export async function searchParties(model: GrantModel, search: PartySearch): Promise<FoundParties> {
  const { filter, query, limit } = search;
  const { store } = model;
  await model.refresh(filter.account_id);
  const typed = readTyped(query);
  const isOwn = filter.user_id !== undefined;
  const stored = isOwn ? [] : await findStored(model, filter, typed);
  const ids = isOwn ? await idsOfUser(store, filter) : idsOf(stored);
  const names = await readNamesOf(store, { users: ids.user, clients: ids.client });
  await correctWords(store, stored, names);
  const { nameOfClient, namesOfUser } = names;

  const chosen = async (kind: PartyId['kind'], textsOf: (id: string) => (string | null)[]) => {
    const matches = await matching(typed, ids[kind], textsOf);
    return isOwn ? matches.slice(0, limit) : firstWithGrants(store, filter, kind, matches, limit);
  };
  const [users, clients] = await Promise.all([
    chosen('user', (id) => [namesOfUser(id).user_name, namesOfUser(id).user_email]),
    chosen('client', (id) => [nameOfClient(id).client_name]),
  ]);
  return {
    users: users.map(({ id }) => ({ user_id: id, ...namesOfUser(id) })),
    clients: clients.map(({ id }) => ({ client_id: id, ...nameOfClient(id) })),
  };
}

type Ids = Record<PartyId['kind'], ReadonlySet<string>>;

function idsOf(stored: StoredParty[]): Ids {
  const ofKind = (kind: PartyId['kind']) =>
    new Set(stored.flatMap(({ _id }) => (_id.kind === kind ? [_id.id] : [])));
  return { user: ofKind('user'), client: ofKind('client') };
}

/** The user of a filter, and the clients of the user's grants: few enough to read them all. */
async function idsOfUser({ grants }: Store, filter: GrantFilter): Promise<Ids> {
  const own = { ...storedGrantsOf({ filter }), ...IS_SHOWN };
  const byParties = { $group: { _id: { user: '$_id.user_id', client: '$_id.client_id' } } };
  const found = await grants
    .aggregate<{ _id: { user: string; client: string } }>([{ $match: own }, byParties], {
      maxTimeMS: READ_LIMIT_MS,
    })
    .toArray();
  return {
    user: new Set(found.map(({ _id }) => _id.user)),
    client: new Set(found.map(({ _id }) => _id.client)),
  };
}

/** Stored parties that may match. An index finds those with the rarest word; the others are looked for among them. */
async function findStored(model: GrantModel, filter: GrantFilter, typed: Typed): Promise<StoredParty[]> {
  const { account_id, project_id = null } = filter;
  if (await storeMissingParties(model, account_id)) throw new Backlogged(RETRY_AFTER);
  const { parties } = model.store;
  const kinds = ['user', 'client'] as const;
  const named = kinds.map((kind) => partyId({ account_id, kind, id: typed.text }, project_id));
  const byId = parties.find({ _id: { $in: named } }).toArray();
  const byWords = kinds.map(async (kind) => {
    const place = {
      '_id.account_id': checked(account_id),
      '_id.project_id': project_id,
      '_id.kind': kind,
    };
    const rarest = await rarestWord(parties, place, typed.searched);
    if (rarest === undefined) return [];
    const others = typed.searched.filter((word) => word !== rarest).map(hasBeginning);
    const pipeline = [
      { $match: { ...place, ...hasBeginning(rarest) } },
      { $limit: MAX_EXAMINED },
      ...(others.length > 0 ? [{ $match: { $and: others } }] : []),
      { $limit: MAX_CANDIDATES },
    ];
    const options = { ...BY_WORDS, batchSize: MAX_CANDIDATES + 1 };
    return parties.aggregate<StoredParty>(pipeline, options).toArray();
  });
  return (await Promise.all([byId, ...byWords])).flat();
}

/** The word that the fewest parties have: everyone's e-mail may end alike, and the longest word be that of a company. */
async function rarestWord(
  parties: Store['parties'],
  place: mongo.Filter<StoredParty>,
  words: string[],
): Promise<string | undefined> {
  if (words.length < 2) return words[0];
  for (const limit of [MAX_CANDIDATES, MAX_CANDIDATES * 5, MAX_EXAMINED]) {
    const counts = await Promise.all(
      words.slice(0, MAX_COUNTED).map(async (word) => {
        const having = { ...place, ...hasBeginning(word) };
        return { word, count: await parties.countDocuments(having, { ...BY_WORDS, limit }) };
      }),
    );
    const [fewest] = counts.toSorted((one, other) => one.count - other.count);
    if (fewest && fewest.count < limit) return fewest.word;
  }
  return words[0];
}

const BY_WORDS = {
  hint: { '_id.account_id': 1, '_id.project_id': 1, '_id.kind': 1, words: 1 },
  maxTimeMS: READ_LIMIT_MS,
} as const;

/** Filter: parties with a word that begins like this. Not a regular expression, which would be made of what was typed. */
function hasBeginning(word: string) {
  return { words: { $elemMatch: { $gte: checked(word), $lt: `${word}\u{10ffff}` } } };
}

/** Those whose current names match, the best first. */
async function matching(
  typed: Typed,
  ids: ReadonlySet<string>,
  textsOf: (id: string) => (string | null)[],
): Promise<Match[]> {
  const matches: Match[] = [];
  for await (const batch of inBatches(ids, NAMES_AT_ONCE)) {
    for (const id of batch) {
      const texts = textsOf(id).filter((text) => text !== null);
      const match = matchOf(typed, id, texts);
      if (match) matches.push(match);
    }
    await setImmediate();
  }
  return matches.toSorted(byRank);
}

/** The first of some matches that still have a grant. */
async function firstWithGrants(
  store: Store,
  { account_id, project_id }: GrantFilter,
  kind: PartyId['kind'],
  matches: Match[],
  limit: number,
): Promise<Match[]> {
  const kept: Match[] = [];
  for await (const batch of inBatches(matches, limit)) {
    const ids = batch.map(({ id }) => partyId({ account_id, kind, id }, project_id ?? null));
    const having = new Set((await havingGrants(store, ids)).map(({ id }) => id));
    kept.push(...batch.filter(({ id }) => having.has(id)));
    if (kept.length >= limit) break;
  }
  return kept.slice(0, limit);
}
