import { referenceAddress } from './addresses.ts';
import { type ApiDocument, type Operation, readDocuments } from './documents.ts';
import { type GuideMenu, publishedMarkdown, readGuides } from './guides.ts';
import { documentMarkdown, operationMarkdown, schemaMarkdown, schemasMarkdown } from './markdown.ts';

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

/** Everything there is to read about the API. Nothing in it is secret or about a person. */
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

/** The Markdown of a page that must exist. */
export function markdownOf({ pages }: Pick<Library, 'pages'>, path: string): string {
  const page = pages.get(path);
  if (!page) throw new Error(`there is no page ${path}`);
  return page.markdown;
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

/** Finds a page by its path, its address on any site, or a link between pages. */
export function findPage({ operations, pages }: Library, asked: string): Page | undefined {
  // The address at which the reference shows an operation leads to it.
  const shown = operations.find((one) => asked.endsWith(referenceAddress(one)));
  if (shown) return pages.get(`reference/${shown.document}/${shown.operationId}`);
  const path = asked.replace(/[?#].*$/, '').replace(/\.(?:md|html)$/, '');
  const [, inSite] = /(?:^|\/)((?:guides|reference)\/.+)$/.exec(path) ?? [];
  if (inSite) return pages.get(inSite);
  // Pages in one folder link to each other without naming it.
  const link = path.replace(/^(?:\.{0,2}\/|docs\/)+/, '');
  return pages.get(`guides/${link}`) ?? pages.get(`reference/${link}`);
}
