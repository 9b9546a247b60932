import MiniSearch from 'minisearch';
import { entriesOf } from './entries.ts';
import type { Library, Page } from './library.ts';
import { type Entry, find, RANKING } from './ranking.ts';

/** A page that a search found. */
export interface Found {
  path: string;
  kind: Page['kind'];
  title: string;
  /** Of an operation. */
  operationId?: string;
  /** How the part of the page begins that fits best. */
  excerpt: string;
}

/** Finds pages by words or a question, the best first. */
export type Search = (query: string, options: { kind?: Page['kind'] | undefined; limit: number }) => Found[];

const EXCERPT_LENGTH = 240;

/** Makes the search over a library. */
export function createSearch(library: Library): Search {
  const index = new MiniSearch(RANKING);
  const entries = new Map(entriesOf(library).map((entry) => [entry.id, entry]));
  index.addAll([...entries.values()]);
  return (query, { kind, limit }) => {
    const found = new Map<string, Found>();
    for (const { id } of find(index, query)) {
      const entry = entries.get(id);
      if (!entry || found.has(entry.page) || (kind && entry.kind !== kind)) continue;
      found.set(entry.page, foundOf(entry, library));
      if (found.size === limit) break;
    }
    return [...found.values()];
  };
}

function foundOf({ page, kind, name, title, text }: Entry, { pages }: Library): Found {
  const isLong = text.length > EXCERPT_LENGTH;
  return {
    path: page,
    kind,
    title: pages.get(page)?.title ?? title,
    ...(kind === 'operation' ? { operationId: name } : {}),
    excerpt: isLong ? `${text.slice(0, EXCERPT_LENGTH).toWellFormed()}…` : text,
  };
}
