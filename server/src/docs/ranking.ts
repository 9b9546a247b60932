import type MiniSearch from 'minisearch';
import type { Options, SearchResult } from 'minisearch';
import { stemmer } from 'stemmer';

/*
 * How search ranks, for the MCP server and for the pages in a browser: nothing here may need Node.js.
 */

/** Something that search finds. */
export interface Entry {
  /** Its address on the documentation's site, from the site's root. */
  id: string;
  /** The page that has it, such as `guides/store`. */
  page: string;
  kind: 'operation' | 'schema' | 'guide' | 'document';
  title: string;
  /** What programs call it; empty where they have no name for it. */
  name: string;
  /** Method and path of an operation, the document of a schema, the guide of a section. */
  where: string;
  /** What people ask before they know our words. */
  questions: string;
  text: string;
}

/** How entries are indexed: the same where the index is built and where it is searched. */
export const RANKING: Options<Entry> = {
  fields: ['title', 'name', 'where', 'questions', 'text'],
  storeFields: ['page', 'kind', 'title', 'name', 'where'],
  // "listOAuthGrants" is found as a whole and by its words.
  tokenize,
  processTerm,
  searchOptions: {
    boost: { name: 3, title: 3, questions: 4, where: 2 },
    boostDocument: (_id, _term, fields) => (fields?.kind === 'operation' ? 2 : 1),
    prefix: (term) => term.length > 2,
    // Letters more, less or changed; two that changed places are two. A word that is right counts for more.
    fuzzy: (term) => (term.length > 4 ? 2 : false),
    weights: { prefix: 0.375, fuzzy: 0.1 },
    tokenize: wordsOf,
  },
};

/** Finds entries by words or a question, the best first; what is asked for by its very name or title is before all. */
export function find(index: MiniSearch<Entry>, query: string): SearchResult[] {
  const asked = query.trim().toLowerCase();
  const isNamed = ({ name, title, page }: SearchResult) =>
    [name, title, page].some((one) => one.toLowerCase() === asked);
  const found = index.search(query);
  return [...found.filter(isNamed), ...found.filter((one) => !isNamed(one))];
}

/** The terms that a word of a text is indexed under; none where it says nothing. */
export function termsOf(word: string): string[] {
  return tokenize(word).flatMap((one) => processTerm(one) ?? []);
}

function tokenize(text: string): string[] {
  return wordsOf(text).flatMap((word) => [word, ...parts(word)]);
}

/** The words of a text, or of what somebody looks for. */
export function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
}

function parts(word: string): string[] {
  const found = word.replace(/OAuth/g, 'Oauth').match(/\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+/gu) ?? [];
  return found.length > 1 ? found : [];
}

/** Says nothing of what somebody looks for. */
const STOP_WORDS = new Set(
  'a an and are as at be by can do does for from have how i if in is it its of on or that the their them then there these this to was what when where which who will with you'.split(
    ' ',
  ),
);

/** A word as it is, for who has only begun to write it, and its stem: that of `revoking` and `revoked` is `revok`. */
function processTerm(term: string): string[] | null {
  const word = term.toLowerCase();
  return STOP_WORDS.has(word) ? null : [...new Set([word, stemmer(word)])];
}
