import { readFileSync } from 'node:fs';
import GithubSlugger, { slug } from 'github-slugger';
import type { Page } from '../../../server/src/docs/library.ts';
import type { Entry } from '../../../server/src/docs/ranking.ts';
import { referenceAddress } from './addresses.ts';
import type { ApiDocument } from './documents.ts';
import type { Guide, GuideMenu } from './guides.ts';
import { requirement } from './markdown.ts';

/**
 * What people ask before they know our terms, by operation or guide: search finds pages by these too. A test makes sure
 * that every operation has some, and that each question leads where it should.
 */
export const QUESTIONS: Record<string, string[]> = JSON.parse(
  readFileSync(new URL('questions.json', import.meta.url), 'utf8'),
);

/** What is searched. */
interface Searched {
  documents: ApiDocument[];
  guides: GuideMenu;
  pages: Map<string, Page>;
}

/** Everything that search finds: all documents, operations and schemas, and all sections of the guides. */
export function entriesOf(searched: Searched): Entry[] {
  return [
    ...searched.documents.flatMap((document) => documentEntries(searched, document)),
    ...searched.guides.flatMap(([, list]) => list.flatMap((guide) => guideEntries(searched, guide))),
  ];
}

function documentEntries(searched: Searched, document: ApiDocument): Entry[] {
  const { name, title, callers, description, operations, schemas } = document;
  const root = `reference/${name}`;
  return [
    entry({
      id: `${root}.html`,
      page: root,
      kind: 'document',
      title,
      name,
      where: `For ${callers}`,
      text: description,
    }),
    ...operations.map((operation) =>
      entry({
        id: referenceAddress(operation),
        page: `${root}/${operation.operationId}`,
        kind: 'operation',
        title: operation.summary,
        name: operation.operationId,
        where: `${operation.method} ${operation.path}`,
        questions: (QUESTIONS[operation.operationId] ?? []).join('\n'),
        text: whatFirst(markdownOf(searched, `${root}/${operation.operationId}`), requirement(operation)),
      }),
    ),
    ...schemas.map(([schema, { description = '', properties = {} }]) =>
      entry({
        id: `${root}/schemas.html#${slug(schema)}`,
        page: `${root}/schemas/${schema}`,
        kind: 'schema',
        title: schema,
        name: schema,
        where: title,
        text: `${description} ${Object.keys(properties).join(' ')}`,
      }),
    ),
  ];
}

function guideEntries(searched: Searched, guide: Guide): Entry[] {
  const page = `guides/${guide.name}`;
  const sections = withoutBlocks(markdownOf(searched, page)).split(/^(?=##+ )/m);
  const slugger = new GithubSlugger();
  return sections.map((section, index) => {
    const heading = (/^#+ (.+)$/m.exec(section)?.[1] ?? '').replaceAll('`', '');
    const hash = slugger.slug(heading);
    return entry({
      id: `${page}.html${index === 0 ? '' : `#${hash}`}`,
      page,
      kind: 'guide',
      title: heading,
      name: '',
      where: index === 0 ? 'Guide' : guide.title,
      questions: index === 0 ? (QUESTIONS[page] ?? []).join('\n') : '',
      text: section,
    });
  });
}

/** @param of its text is still Markdown */
function entry(of: Omit<Entry, 'questions'> & { questions?: string }): Entry {
  return { questions: '', ...of, text: plainText(of.text) };
}

/** An operation's page with what it does first: who may call it is much the same for all of them. */
function whatFirst(markdown: string, required: string): string {
  return `${markdown.replace(required, '')}\n\n${required}`;
}

/** The sentences of a Markdown text: no code, no headings, no addresses of operations. */
function plainText(markdown: string): string {
  return withoutBlocks(markdown)
    .replaceAll(/^(?:#.*|`[A-Z]+ .*|[|\s:-]+)$/gm, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^ *- /gm, '')
    .replaceAll(/[`*]/g, '')
    .replaceAll('|', ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function withoutBlocks(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, '');
}

/** The Markdown of a page that must exist. */
export function markdownOf({ pages }: Pick<Searched, 'pages'>, path: string): string {
  const page = pages.get(path);
  if (!page) throw new Error(`there is no page ${path}`);
  return page.markdown;
}
