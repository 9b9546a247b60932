import type { SearchResult } from 'minisearch';
import { excerptOf } from './excerpt.ts';
import type { Library, Page } from './library.ts';
import { type Entry, find, loadIndex } from './ranking.ts';

/** A page that a search found. */
export interface Found {
  path: string;
  kind: Page['kind'];
  title: string;
  /** Only for operations. */
  operationId?: string;
  /** The best-matching part of the page for the query. */
  excerpt: string;
}

/** Finds pages by words or a question, best first. */
export type Search = (query: string, options: { kind?: Page['kind'] | undefined; limit: number }) => Found[];

/** Creates the search over a library. */
export function createSearch(library: Library): Search {
  const index = loadIndex(library.index);
  const entries = new Map(library.entries.map((entry) => [entry.id, entry]));
  const titles = new Map(library.pages.map(({ path, title }) => [path, title]));
  return (query, { kind, limit }) => {
    const results = find(index, query).filter((result) => !kind || result.kind === kind);
    const pages = [...new Set(results.map(({ page }) => page))].slice(0, limit);
    return pages.flatMap((page) => {
      const sections = results.filter((result) => result.page === page);
      // A question leads to the page; what answers it may be in another section than the best.
      const [shown] = sections.toSorted((one, other) => wordsInText(other) - wordsInText(one));
      const entry = shown && entries.get(shown.id);
      return entry ? [foundOf(entry, shown, query, titles)] : [];
    });
  };
}

function wordsInText({ match }: SearchResult): number {
  return Object.values(match).filter((fields) => fields.includes('text')).length;
}

function foundOf(
  { page, kind, name, title, text }: Entry,
  result: SearchResult,
  query: string,
  titles: Map<string, string>,
): Found {
  return {
    path: page,
    kind,
    title: titles.get(page) ?? title,
    ...(kind === 'operation' ? { operationId: name } : {}),
    excerpt: excerptOf(text, query, result.terms),
  };
}
