import { anchorMaker, anchorOf, referenceAddress } from './addresses.ts';
import type { ApiDocument } from './documents.ts';
import { type Guide, publishedMarkdown } from './guides.ts';
import type { Library } from './library.ts';
import { operationMarkdown } from './markdown.ts';
import { QUESTIONS } from './questions.ts';
import type { Entry } from './ranking.ts';

/** What search finds: every document, operation and schema, and every section of every guide. */
export function entriesOf({ documents, guides }: Library): Entry[] {
  return [...documents.flatMap(documentEntries), ...guides.flatMap(([, list]) => list.flatMap(guideEntries))];
}

function documentEntries({ name, title, callers, description, operations, schemas }: ApiDocument): Entry[] {
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
        text: operationMarkdown(operation),
      }),
    ),
    ...schemas.map(([schema, { description = '', properties = {} }]) =>
      entry({
        id: `${root}/schemas.html#${anchorOf(schema)}`,
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

function guideEntries(guide: Guide): Entry[] {
  const sections = withoutBlocks(publishedMarkdown(guide)).split(/^(?=##+ )/m);
  const anchor = anchorMaker();
  return sections.map((section, index) => {
    const heading = (/^#+ (.+)$/m.exec(section)?.[1] ?? '').replaceAll('`', '');
    const hash = anchor(heading);
    return entry({
      id: `guides/${guide.name}.html${index === 0 ? '' : `#${hash}`}`,
      page: `guides/${guide.name}`,
      kind: 'guide',
      title: heading,
      name: '',
      where: index === 0 ? 'Guide' : guide.title,
      questions: index === 0 ? (QUESTIONS[`guides/${guide.name}`] ?? []).join('\n') : '',
      text: section,
    });
  });
}

/** @param of its text is Markdown still */
function entry(of: Omit<Entry, 'questions'> & { questions?: string }): Entry {
  return { questions: '', ...of, text: plainText(of.text) };
}

/** What Markdown says in sentences: no code, no headings, no addresses of operations. */
function plainText(markdown: string): string {
  return withoutBlocks(markdown)
    .replaceAll(/^(?:#.*|`[A-Z]+ .*|[|\s:-]+)$/gm, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll('|', ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function withoutBlocks(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```$/gms, '');
}
