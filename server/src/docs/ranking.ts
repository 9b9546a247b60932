import MiniSearch, { type AsPlainObject, type Options, type SearchResult } from 'minisearch';
import { stemmer } from 'stemmer';

/*
 * How search ranks, for the MCP server and for pages in a browser: nothing here may need Node.js.
 */

/** Something that search can find. */
export interface Entry {
  /** Its address, relative to the root of the documentation's site. */
  id: string;
  /** The page it is on, for example `guides/store`. */
  page: string;
  kind: 'operation' | 'schema' | 'guide' | 'document';
  title: string;
  /** Its name in code; empty if it has none. */
  name: string;
  /** Method and path of an operation, the document of a schema, the guide of a section. */
  where: string;
  /** What people ask before they know our terms, one question a line. */
  questions: string;
  text: string;
}

/** People who look for a schema know its name. Guides answer questions; operations share most of their words. */
const BOOSTS = new Map<unknown, number>([
  ['schema', 0.7],
  ['guide', 1.1],
]);

/** How much more an operation counts whose path is in the query. */
const AT_PATH = 3;

/** How much the scores of the questions most like the query count, beside that of all that an entry has. */
const OF_QUESTION = 4;

/** Finds "listOAuthGrants" as a whole and by its words. */
const WORDS = { tokenize, processTerm };

const SEARCHING = { weights: { prefix: 0.375, fuzzy: 0.1 }, tokenize: wordsOf };

// What is indexed must be the same where an index is built and where it is searched.
const ENTRIES: Options<Entry> = {
  ...WORDS,
  fields: ['title', 'name', 'where', 'questions', 'text'],
  storeFields: ['page', 'kind', 'title', 'name', 'where'],
  searchOptions: { ...SEARCHING, boost: { name: 2, title: 2, questions: 8 } },
};

interface Question {
  id: number;
  page: string;
  question: string;
}

const QUESTIONS: Options<Question> = {
  ...WORDS,
  fields: ['question'],
  storeFields: ['page'],
  searchOptions: SEARCHING,
};

/** What is searched: the entries and, each by itself, the questions that they answer; what an operation does is one. */
export interface Index {
  entries: MiniSearch<Entry>;
  questions: MiniSearch<Question>;
}

/** An index as JSON. */
export type StoredIndex = Record<keyof Index, AsPlainObject>;

/** Indexes all entries and their questions. */
export function indexOf(all: Entry[]): Index {
  const entries = new MiniSearch(ENTRIES);
  entries.addAll(all);
  const questions = new MiniSearch(QUESTIONS);
  const asked = all.flatMap(({ page, kind, title, where, questions }) => {
    const lines = [...(kind === 'operation' ? [`${title} ${where}`] : []), ...questions.split('\n')];
    return lines.filter(Boolean).map((question) => ({ page, question }));
  });
  questions.addAll(asked.map((one, id) => ({ id, ...one })));
  return { entries, questions };
}

/** An index from what `toJSON` gave of its two parts. */
export function loadIndex({ entries, questions }: StoredIndex): Index {
  return {
    entries: MiniSearch.loadJS(entries, ENTRIES),
    questions: MiniSearch.loadJS(questions, QUESTIONS),
  };
}

/**
 * Finds entries by words or a question, best first. An exact name or title comes before all others, as does an operation
 * if the one word asked for is the beginning of its name, or its name misspelt.
 */
export function find(index: Index, query: string): SearchResult[] {
  const asked = query.trim().toLowerCase();
  const isOneWord = wordsOf(asked).length === 1;
  const isNamed = ({ name, title, page, kind, match }: SearchResult) =>
    [name, title, page].some((one) => one.toLowerCase() === asked) ||
    (isOneWord && kind === 'operation' && name.toLowerCase() in match);
  const found = ranked(index, query);
  return [...found.filter(isNamed), ...found.filter((one) => !isNamed(one))];
}

/**
 * Entries by their own score, and by those of their page's questions that are most like the query, each half as much as
 * the one before: many words that an entry has here and there say less than one question that has them all.
 */
function ranked({ entries, questions }: Index, query: string): SearchResult[] {
  // A word that a page has is spelt right and typed to its end: "grant" would find every name that begins with it.
  const unknown = new Set(
    wordsOf(query)
      .flatMap(termsOf)
      .filter((term) => !isKnown(entries, term)),
  );
  const like = {
    // Counts letters added, missing or changed; two swapped letters are two.
    fuzzy: (term: string) => (term.length > 4 && unknown.has(term) ? 2 : false),
    prefix: (term: string, place: number, terms: string[]) =>
      term.length > 2 && place === terms.length - 1 && unknown.has(term),
  };
  const paths = pathsIn(query);
  const found = entries.search(query, {
    ...like,
    boostDocument: (_id, _term, fields) =>
      (BOOSTS.get(fields?.kind) ?? 1) *
      (paths.some((path) => isAt(path, String(fields?.where))) ? AT_PATH : 1),
  });
  const alike = questions.search(query, like);
  const ofPage = new Map<string, { score: number; next: number }>();
  for (const { page, score } of alike) {
    const before = ofPage.get(page) ?? { score: 0, next: 1 };
    ofPage.set(page, { score: before.score + score * before.next, next: before.next / 2 });
  }
  return found
    .map((one) => ({ ...one, score: one.score + OF_QUESTION * (ofPage.get(one.page)?.score ?? 0) }))
    .toSorted((one, other) => other.score - one.score);
}

/** The paths in a query, by segment; whole addresses have one, too. */
function pathsIn(query: string): string[][] {
  const found = query.match(/\/[^\s?#"'`,;)]+/g) ?? [];
  return found.map((path) => path.split('/').filter(Boolean));
}

/** Whether a path is that of an operation, or the beginning of it: ids in it may be anything. */
function isAt(path: string[], where: string): boolean {
  const template = where.slice(where.indexOf('/') + 1).split('/');
  const asked = path.slice(path.indexOf(template[0] ?? ''));
  return (
    asked.length > 1 &&
    asked.every((one, index) => template[index] === one || template[index]?.startsWith('{') === true)
  );
}

function isKnown(index: MiniSearch<Entry>, term: string): boolean {
  return index.search(stemOf(term), { prefix: false, processTerm: (stem) => stem }).length > 0;
}

/** The terms that a word of a text is indexed under; none for a stop word. */
export function termsOf(word: string): string[] {
  return tokenize(word).flatMap((one) => processTerm(one) ?? []);
}

function tokenize(text: string): string[] {
  return wordsOf(text).flatMap((word) => [word, ...parts(word)]);
}

/** The words of a text or a query. */
export function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
}

function parts(word: string): string[] {
  const found = word.replace(/OAuth/g, 'Oauth').match(/\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+/gu) ?? [];
  return found.length > 1 ? found : [];
}

/** Words that say nothing about what is asked. */
const STOP_WORDS = new Set(
  `a about actually after also am an and any anyone anything are as at be because been before being but by can could
  did do does else even every exactly for from get gets got had happen happens has have he her here him his how i if
  in into is it its just know like maybe need needs no not now of off on only or out over own please really s said
  same say says she should so some somebody someone something still such t tell tells than that the their them then
  there these they thing things this to too up us very want wants was we were what where which while whose
  why will with would yet you your`.split(/\s+/),
);

/** The word itself, for queries still being typed, and its stem: `revok` for `revoking` and `revoked`. */
function processTerm(term: string): string[] | null {
  const word = term.toLowerCase();
  return STOP_WORDS.has(word) ? null : [...new Set([word, stemOf(word)])];
}

/** One for both spellings: `organization` and `organisation`. */
function stemOf(word: string): string {
  return stemmer(word.replace(/is(e[drs]?|ing|ations?)$/, 'iz$1'));
}
