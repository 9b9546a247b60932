import { type ApiDocument, type Operation, readDocuments } from './documents.ts';
import { type GuideMenu, publishedMarkdown, readGuides } from './guides.ts';
import { documentMarkdown, operationMarkdown, schemaMarkdown, schemasMarkdown } from './markdown.ts';

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
}

/** Everything there is to read about the API. Nothing in it is secret, and nothing is about a person. */
export interface Library {
  documents: ApiDocument[];
  operations: Operation[];
  guides: GuideMenu;
  pages: Map<string, Page>;
}

/** Reads the bundled documents and the guides. */
export function readLibrary(): Library {
  const documents = readDocuments();
  const guides = readGuides();
  const pages = [
    ...documents.flatMap(pagesOf),
    ...guides.flatMap(([, list]) =>
      list.map((guide): Page => {
        const markdown = publishedMarkdown(guide);
        return { path: `guides/${guide.name}`, kind: 'guide', title: guide.title, markdown };
      }),
    ),
  ];
  return {
    documents,
    operations: documents.flatMap(({ operations }) => operations),
    guides,
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
      return { path: `${root}/${operationId}`, kind: 'operation', title: summary, markdown };
    }),
    {
      path: `${root}/schemas`,
      kind: 'schema',
      title: `Schemas of ${title}`,
      markdown: schemasMarkdown(document),
    },
    ...schemas.map(([name, schema]): Page => {
      const markdown = schemaMarkdown(name, schema);
      return { path: `${root}/schemas/${name}`, kind: 'schema', title: name, markdown };
    }),
  ];
}

/** The page of a path, an address of the documentation site, or a link between its pages. */
export function findPage({ pages }: Library, asked: string): Page | undefined {
  const path = asked
    .replace(/[?#].*$/, '')
    .replace(/^https?:\/\/[^/]+/, '')
    .replace(/^\/?(?:.*\/)?docs\//, '')
    .replace(/^(?:\.{0,2}\/)+/, '')
    .replace(/\.(?:md|html)$/, '');
  // Guides lead to each other by their names.
  return pages.get(path) ?? pages.get(`guides/${path}`);
}
