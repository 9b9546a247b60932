import type { Library, Page } from '../../../server/src/docs/library.ts';
import { indexOf } from '../../../server/src/docs/ranking.ts';
import { referenceAddress } from './addresses.ts';
import { detailsOf } from './details.ts';
import { type ApiDocument, type Operation, readDocuments } from './documents.ts';
import { entriesOf } from './entries.ts';
import { type GuideMenu, publishedMarkdown, readGuides } from './guides.ts';
import { documentMarkdown, operationMarkdown, schemaMarkdown, schemasMarkdown } from './markdown.ts';

/** Everything there is to read about the API, as it is in the repository. */
export interface Documentation {
  documents: ApiDocument[];
  operations: Operation[];
  guides: GuideMenu;
  pages: Map<string, Page>;
}

/** Reads the bundled documents and the guides. */
export function readDocumentation(): Documentation {
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

/** What a server needs of the documentation to answer from it. */
export function libraryOf({ documents, operations, guides, pages }: Documentation): Library {
  const entries = entriesOf({ documents, guides, pages });
  const { entries: ofEntries, questions } = indexOf(entries);
  return {
    documents: documents.map(({ name, title, summary, source }) => ({ name, title, summary, source })),
    operations: operations.map((one) => ({ address: referenceAddress(one), details: detailsOf(one) })),
    pages: [...pages.values()],
    entries,
    index: { entries: ofEntries.toJSON(), questions: questions.toJSON() },
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
