import type { OperationDetails } from './operation.ts';
import type { Entry, StoredIndex } from './ranking.ts';

/** A page of the documentation, as Markdown. */
export interface Page {
  /**
   * For example `reference/oauth-grants`, `reference/oauth-grants/listOAuthGrants`,
   * `reference/oauth-grants/schemas/OAuthGrant`, `guides/store`.
   */
  path: string;
  kind: 'document' | 'operation' | 'schema' | 'guide';
  title: string;
  markdown: string;
}

/**
 * Everything there is to read about the API, as `npm run docs` writes it to `library.json`. Nothing in it is secret or
 * about a person.
 */
export interface Library {
  documents: PublishedDocument[];
  operations: PublishedOperation[];
  pages: Page[];
  /** Everything that search finds, and the index over it. */
  entries: Entry[];
  index: StoredIndex;
}

/** An OpenAPI document. */
export interface PublishedDocument {
  name: string;
  title: string;
  summary: string;
  /** The document itself, as JSON. */
  source: string;
}

export interface PublishedOperation {
  /** Where the reference shows it, relative to the root of the documentation's site. */
  address: string;
  details: OperationDetails;
}

/** Finds a page by its path, its address on any site, or a link between pages. */
export function findPage({ operations, pages }: Library, asked: string): Page | undefined {
  const pageAt = (path: string) => pages.find((page) => page.path === path);
  // The address at which the reference shows an operation leads to it.
  const shown = operations.find(({ address }) => asked.endsWith(address))?.details;
  if (shown) return pageAt(`reference/${shown.document}/${shown.operationId}`);
  const path = asked.replace(/[?#].*$/, '').replace(/\.(?:md|html)$/, '');
  const [, inSite] = /(?:^|\/)((?:guides|reference)\/.+)$/.exec(path) ?? [];
  if (inSite) return pageAt(inSite);
  // Pages in one folder link to each other without naming it.
  const link = path.replace(/^(?:\.{0,2}\/|docs\/)+/, '');
  return pageAt(`guides/${link}`) ?? pageAt(`reference/${link}`);
}
