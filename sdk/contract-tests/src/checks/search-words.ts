import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../case.ts';
import type { Answer, Client } from '../client.ts';
import { type As, READERS } from './callers.ts';
import type { Check } from './check.ts';
import { readAll } from './grant-pages.ts';
import type { Grant } from './grants.ts';
import { objectsIn, repeated } from './lists.ts';
import { folded, isNameAfter } from './order.ts';
import { KINDS, type Kind, MAX_FOUND, requireSearch, SEARCH } from './search.ts';

/** How many results are asked for where nothing is said of that. */
const DEFAULT_LIMIT = 10;
/** How many characters of a word are typed. */
const TYPED = 3;
/** How many pairs of names are mixed. */
const MAX_PAIRS = 3;

/** A user or a client, by all that it is called. */
interface Party {
  id: string;
  texts: string[];
}

/** Rules of OAuth Grants about what a search finds, and in which order, for everybody who may search. */
export const SEARCH_WORDS_CHECKS: Check[] = READERS.map(({ who, isAdmin, asOf }) => ({
  document: 'oauth-grants',
  name: `a search by ${who} finds what has every word and nothing else, the best first, as many as its limit`,
  async run(test, context) {
    const { client } = context;
    requireSearch(test, client);
    const as = asOf(test, context);
    const { grants } = await readAll(test, client, as);
    if (grants.length === 0) test.skip(`there is no grant that ${who} sees`);
    const parties = KINDS.map((kind) => ({ kind, parties: partiesOf(grants, kind) }));
    const find = (query: string) =>
      client.succeed(test, SEARCH, { ...as, body: { query, limit: MAX_FOUND } });
    // One way of putting words together is enough to see that others read by the same rule.
    const mixed = parties.flatMap((one) => mixedQueries(one.parties).slice(0, isAdmin ? undefined : 2));
    for (const query of new Set(mixed)) {
      const answer = await find(query);
      for (const one of parties) expectFound(test, client, answer, { ...one, query });
    }
    for (const query of new Set(parties.flatMap((one) => commonBeginnings(one.parties)))) {
      const answer = await find(query);
      for (const one of parties) expectFound(test, client, answer, { ...one, query });
      for (const limit of [1, 2, undefined]) await expectFirst(test, client, answer, { query, limit, as });
    }
  },
}));

function partiesOf(grants: Grant[], { id, texts }: Kind): Party[] {
  const parties = grants.map((grant) => ({
    id: String(grant[id]),
    texts: texts.flatMap((name) => (typeof grant[name] === 'string' ? [grant[name]] : [])),
  }));
  return [...new Map(parties.map((party) => [party.id, party])).values()];
}

/** Words of two names together, in which nothing is likely to have both; of one name; and what no word begins with. */
function mixedQueries(parties: Party[]): string[] {
  const named = parties.filter(isPlain).map((party) => wordsOf(party).filter((word) => word.length >= TYPED));
  const begun = (word: string) => word.slice(0, TYPED);
  const pairs = named.flatMap((words, index) => {
    const others = named[index + 1] ?? [];
    const one = words.find((word) => !others.some((other) => other.startsWith(begun(word))));
    const other = others.find((word) => !words.some((own) => own.startsWith(begun(word))));
    return one && other ? [`${begun(one)} ${begun(other)}`, `${other} ${one}`] : [];
  });
  const [several = []] = named.filter((words) => words.length > 1);
  const middles = named.slice(0, 1).flatMap(([word = '']) => (word ? [word.slice(1)] : []));
  const own = several.length > 1 ? [several.map(begun).toReversed().join(' ')] : [];
  return [...pairs.slice(0, 2 * MAX_PAIRS), ...own, ...middles];
}

/** The letters that most names have a word with. */
function commonBeginnings(parties: Party[]): string[] {
  const counts = new Map<string, number>();
  for (const party of parties.filter(isPlain)) {
    for (const letter of new Set(wordsOf(party).map((word) => word.slice(0, 1)))) {
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
  }
  const ordered = [...counts].toSorted(([, one], [, other]) => other - one);
  return ordered.slice(0, 2).map(([letter]) => letter);
}

function expectFound(
  test: Case,
  client: Client,
  answer: Answer & { body: Record<string, unknown> },
  { kind, parties, query }: { kind: Kind; parties: Party[]; query: string },
): void {
  const found = partiesOf(objectsIn(answer.body, kind.list), kind);
  const ids = objectsIn(answer.body, kind.list).map((one) => one[kind.id]);
  if (repeated(ids).length > 0) client.differs(test, answer, `a ${kind.kind} that is found twice`);
  if (found.some((party) => isPlain(party) && rankOf(party, query) === undefined))
    client.differs(test, answer, `a ${kind.kind} without every word of the query`);
  const expected = parties.filter((party) => isPlain(party) && rankOf(party, query) !== undefined);
  if (ids.length < MAX_FOUND && expected.some(({ id }) => !ids.includes(id)))
    client.differs(test, answer, `no ${kind.kind} that has every word of the query`);
  if (
    found.some(({ id, texts }) =>
      parties.some((one) => one.id === id && !isDeepStrictEqual(one.texts, texts)),
    )
  )
    client.differs(test, answer, `a ${kind.kind} that is called otherwise than in its grants`);
  if (found.some((party, index) => isBefore(party, found[index - 1], query)))
    client.differs(test, answer, `a ${kind.kind} after one that matches worse, or has a later name`);
}

async function expectFirst(
  test: Case,
  client: Client,
  longer: Answer & { body: Record<string, unknown> },
  { query, limit, as }: { query: string; limit: number | undefined; as: As },
): Promise<void> {
  const body = limit === undefined ? { query } : { query, limit };
  const answer = await client.succeed(test, SEARCH, { ...as, body });
  for (const { list } of KINDS) {
    const first = objectsIn(longer.body, list).slice(0, limit ?? DEFAULT_LIMIT);
    if (!isDeepStrictEqual(objectsIn(answer.body, list), first))
      client.differs(test, answer, `other ${list} than the first of a longer result`);
  }
}

/** Whether beyond doubt one thing that was found comes before another by the document. */
function isBefore(party: Party, other: Party | undefined, query: string): boolean {
  if (!other || ![party, other].every(isPlain)) return false;
  const [one, two] = [party, other].map((each) => rankOf(each, query) ?? Number.NaN);
  if (one === undefined || two === undefined || one !== two) return Number(one) < Number(two);
  const [name, otherName] = [party, other].map(({ texts }) => texts[0]);
  return name !== undefined && otherName !== undefined && isNameAfter(otherName, name);
}

/** How well something matches, from 0 down; undefined if it does not. */
function rankOf(party: Party, query: string): number | undefined {
  const typed = wordsIn(query);
  const words = wordsOf(party);
  if (party.id === query) return 0;
  if (!typed.every((one) => words.some((word) => word.startsWith(one)))) return undefined;
  if (typed.every((one) => words.includes(one))) return 1;
  return party.texts.some((text) => folded(text).startsWith(folded(query))) ? 2 : 3;
}

/** Whether there is no doubt about the words: other letters may be spelled in several ways. */
function isPlain({ texts }: Party): boolean {
  return texts.length > 0 && texts.every((text) => /^[ -~]*$/.test(folded(text)));
}

const wordsOf = ({ texts }: Party) => texts.flatMap(wordsIn);

function wordsIn(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}
