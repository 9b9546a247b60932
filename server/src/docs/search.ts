import MiniSearch from 'minisearch';
import type { Library, Page } from './library.ts';
import { QUESTIONS } from './questions.ts';

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

/** A part of a page, as the index has it. */
interface Entry {
  id: number;
  page: Page;
  title: string;
  questions: string;
  text: string;
}

/** Says nothing of what somebody looks for. */
const STOP_WORDS = new Set(
  'a an and are as at be by can do does for from have how i if in is it its of on or that the their them then there these this to was what when where which who will with you'.split(
    ' ',
  ),
);

/** Makes the search over a library. */
export function createSearch({ pages }: Library): Search {
  const entries = [...pages.values()].flatMap(entriesOf).map((entry, id) => ({ id, ...entry }));
  const index = new MiniSearch<Entry>({
    fields: ['title', 'questions', 'text'],
    // `revokeOAuthGrants` is also found by its words.
    tokenize: (text) => text.replaceAll(/([a-z])([A-Z])/g, '$1 $2').split(/[^\p{L}\p{N}]+/u),
    processTerm,
    searchOptions: {
      boost: { title: 3, questions: 4 },
      boostDocument: (id) => (entries[Number(id)]?.page.kind === 'operation' ? 1.5 : 1),
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    },
  });
  index.addAll(entries);
  return (query, { kind, limit }) => {
    const found = new Map<string, Found>();
    const named = entries.filter(({ page }) => isName(query, page));
    const others = index.search(query).map(({ id }) => entries[Number(id)]);
    for (const entry of [...named, ...others]) {
      if (!entry || found.has(entry.page.path) || (kind && entry.page.kind !== kind)) continue;
      found.set(entry.page.path, foundOf(entry));
      if (found.size === limit) break;
    }
    return [...found.values()];
  };
}

/** Whether somebody asks for a page by its path or its name: such as an operation that begins as another does. */
function isName(query: string, { path }: Page): boolean {
  const asked = query.trim().toLowerCase();
  return [path, path.split('/').at(-1)].some((name) => name?.toLowerCase() === asked);
}

/** A guide is found by its sections, everything else as one. */
function entriesOf(page: Page): Omit<Entry, 'id'>[] {
  const questions = (QUESTIONS[page.operationId ?? ''] ?? []).join('\n');
  if (page.kind !== 'guide') {
    return [{ page, title: `${page.title} ${page.operationId ?? ''}`, questions, text: page.markdown }];
  }
  return page.markdown.split(/^(?=##? )/m).map((text) => {
    const heading = /^##? (.+)$/m.exec(text)?.[1] ?? '';
    return { page, title: `${page.title} ${page.path} ${heading}`, questions, text };
  });
}

/** A word in the form that all its forms share, nearly: `revoking` and `revoked` are `revok`. */
function processTerm(term: string): string | null {
  const word = term.toLowerCase();
  if (word === '' || STOP_WORDS.has(word)) return null;
  return word.length > 4 ? word.replace(/(ing|ed|es|s|e)$/, '') : word;
}

const EXCERPT_LENGTH = 240;

/** How a part begins, after its headings and an operation's address. */
function excerptOf(text: string): string {
  const plain = text
    .replaceAll(/^(#.*|`[A-Z]+ .*)$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return plain.length > EXCERPT_LENGTH ? `${plain.slice(0, EXCERPT_LENGTH).toWellFormed()}…` : plain;
}

function foundOf({ page, text }: Entry): Found {
  const { path, kind, title, operationId } = page;
  return { path, kind, title, ...(operationId ? { operationId } : {}), excerpt: excerptOf(text) };
}
