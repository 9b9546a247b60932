import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type ApiDocument, type Operation, readDocument } from './documents.ts';
import { documentMarkdown, operationMarkdown, schemaMarkdown } from './markdown.ts';

/** A page of the documentation, as Markdown. */
export interface Page {
  /**
   * Such as `reference/oauth-grants`, `reference/oauth-grants/listOAuthGrants`,
   * `reference/oauth-grants/schemas/OAuthGrant`, `guides/store`.
   */
  path: string;
  kind: 'document' | 'operation' | 'schema' | 'guide';
  title: string;
  markdown: string;
  /** Of an operation. */
  operationId?: string;
}

/** Everything there is to read about the API. Nothing in it is secret, and nothing is about a person. */
export interface Library {
  documents: ApiDocument[];
  operations: Operation[];
  pages: Map<string, Page>;
}

const DOCUMENTS = ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'];
const GUIDES = [
  new URL('../../../docs/', import.meta.url),
  new URL('../../../docs/guides/', import.meta.url),
];

/** Reads the bundled documents, and the guides: the Markdown files in `docs/` and `docs/guides/`. */
export function readLibrary(): Library {
  const documents = DOCUMENTS.map(readDocument);
  const pages = [...documents.flatMap(pagesOf), ...readGuides()];
  return {
    documents,
    operations: documents.flatMap(({ operations }) => operations),
    pages: new Map(pages.map((page) => [page.path, page])),
  };
}

function pagesOf(document: ApiDocument): Page[] {
  const { title, operations, schemas } = document;
  const root = `reference/${document.name}`;
  return [
    { path: root, kind: 'document', title, markdown: documentMarkdown(document) },
    ...operations.map((operation): Page => {
      const { operationId, summary } = operation;
      const markdown = operationMarkdown(operation);
      return { path: `${root}/${operationId}`, kind: 'operation', title: summary, markdown, operationId };
    }),
    ...schemas.map(([schemaName, schema]): Page => {
      const markdown = schemaMarkdown(schemaName, schema);
      return { path: `${root}/schemas/${schemaName}`, kind: 'schema', title: schemaName, markdown };
    }),
  ];
}

function readGuides(): Page[] {
  return GUIDES.flatMap((folder) =>
    markdownIn(folder).map((file): Page => {
      const markdown = readFileSync(new URL(file, folder), 'utf8');
      const name = file.replace(/\.md$/, '');
      const title = /^# (.+)$/m.exec(markdown)?.[1] ?? name;
      return { path: `guides/${name}`, kind: 'guide', title, markdown };
    }),
  );
}

function markdownIn(folder: URL): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .sort();
}

/** The page of a path, an address of the documentation site, or a link between its pages. */
export function findPage({ pages }: Library, asked: string): Page | undefined {
  const path = asked
    .replace(/[?#].*$/, '')
    .replace(/^https?:\/\/[^/]+/, '')
    .replace(/^\/?(?:.*\/)?docs\//, '')
    .replace(/^(?:\.{0,2}\/)+/, '')
    .replace(/\.(?:md|html)$/, '');
  return pages.get(path);
}
