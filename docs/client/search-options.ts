import type { Options } from 'minisearch';

/** Something that search finds. */
export interface Entry {
  /** Its address, from the portal's root. */
  id: string;
  kind: 'operation' | 'schema' | 'guide';
  title: string;
  /** What programs call it; empty where they have no name for it. */
  name: string;
  /** Method and path of an operation, the document of a schema, the guide of a section. */
  where: string;
  text: string;
}

/** How entries are indexed: the same where the index is built and where it is searched. */
export const SEARCH: Options<Entry> = {
  fields: ['title', 'name', 'where', 'text'],
  storeFields: ['kind', 'title', 'name', 'where'],
  // "listOAuthGrants" is found as a whole and by its words.
  tokenize: (text) =>
    text
      .split(/[^\p{L}\p{N}_]+/u)
      .filter(Boolean)
      .flatMap((word) => [word, ...parts(word)]),
  searchOptions: {
    boost: { name: 6, title: 4, where: 2 },
    boostDocument: (_id, _term, fields) =>
      fields?.kind === 'operation' ? 2 : fields?.kind === 'schema' ? 1.2 : 1,
    prefix: true,
    fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    combineWith: 'AND',
    tokenize: (text) => text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean),
  },
};

function parts(word: string): string[] {
  const found = word.replace(/OAuth/g, 'Oauth').match(/\p{Lu}?[\p{Ll}\p{N}]+|\p{Lu}+/gu) ?? [];
  return found.length > 1 ? found : [];
}
