import { readdirSync, readFileSync } from 'node:fs';
import { type ApiDocument, type Operation, readDocument } from './documents.ts';
import { documentMarkdown, operationMarkdown, schemaMarkdown } from './markdown.ts';

/** A page of the documentation, as Markdown. */
export interface Page {
  /** Such as `oauth-grants`, `oauth-grants/listOAuthGrants`, `oauth-grants/schemas/OAuthGrant`, `guides/store`. */
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
const GUIDES = new URL('../../../docs/', import.meta.url);
/** Folders below `docs/` that hold no guide. */
const NO_GUIDES = /^(node_modules|dist)\//;

/** Reads the bundled documents, and the guides: every Markdown file below `docs/`. */
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
  const { name, title, operations, schemas } = document;
  return [
    { path: name, kind: 'document', title, markdown: documentMarkdown(document) },
    ...operations.map((operation): Page => {
      const { operationId, summary } = operation;
      const markdown = operationMarkdown(operation);
      return { path: `${name}/${operationId}`, kind: 'operation', title: summary, markdown, operationId };
    }),
    ...schemas.map(([schemaName, schema]): Page => {
      const markdown = schemaMarkdown(schemaName, schema);
      return { path: `${name}/schemas/${schemaName}`, kind: 'schema', title: schemaName, markdown };
    }),
  ];
}

function readGuides(): Page[] {
  const files = readdirSync(GUIDES, { recursive: true, encoding: 'utf8' }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  return files
    .filter((file) => file.endsWith('.md') && !NO_GUIDES.test(file))
    .sort()
    .map((file) => {
      const markdown = readFileSync(new URL(file, GUIDES), 'utf8');
      const name = file.replace(/^guides\//, '').replace(/\.md$/, '');
      const title = /^# (.+)$/m.exec(markdown)?.[1] ?? name;
      return { path: `guides/${name}`, kind: 'guide', title, markdown };
    });
}
