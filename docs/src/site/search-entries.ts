import type { Entry } from '../../client/search-options.ts';
import type { Contract } from '../contracts.ts';
import { inline } from '../reference/attributes.ts';
import { operationMarkdown } from '../reference/operation-markdown.ts';
import { referenceAddress } from '../reference/redocly.ts';
import type { Guide } from './guides.ts';
import { anchorMaker, anchorOf } from './markdown.ts';

/** What search finds: every operation, every schema, and every section of every guide. */
export function searchEntries(contracts: Contract[], guides: Guide[]): Entry[] {
  return [
    ...contracts.flatMap((contract) => [
      ...contract.operations.map((operation) => ({
        id: referenceAddress(operation),
        kind: 'operation' as const,
        title: operation.summary,
        name: operation.id,
        where: `${operation.method} ${operation.path}`,
        text: inline(withoutMarks(withoutBlocks(operationMarkdown(contract, operation)))),
      })),
      ...Object.entries(contract.document.components.schemas).map(
        ([name, { description = '', properties }]) => ({
          id: `reference/${contract.name}/schemas.html#${anchorOf(name)}`,
          kind: 'schema' as const,
          title: name,
          name,
          where: contract.title,
          text: inline(`${description} ${Object.keys(properties ?? {}).join(' ')}`),
        }),
      ),
    ]),
    ...guides.flatMap(guideEntries),
    ...FIRST_PAGE,
  ];
}

function guideEntries({ name, title, markdown }: Guide): Entry[] {
  const sections = withoutBlocks(markdown).split(/^##+ /m);
  const anchor = anchorMaker();
  return sections.map((section, index) => {
    const [heading = '', ...lines] = section.split('\n');
    const isFirst = index === 0;
    const place = anchor(heading.replaceAll('`', '').replace(/^# /, ''));
    return {
      id: `guides/${name}.html${isFirst ? '' : `#${place}`}`,
      kind: 'guide' as const,
      title: isFirst ? title : heading.replaceAll('`', ''),
      name: '',
      where: isFirst ? 'Guide' : title,
      text: inline(withoutMarks(lines.join('\n'))),
    };
  });
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '');
}

function withoutMarks(markdown: string): string {
  return markdown.replace(/^[|\s:-]+$/gm, '').replace(/[`*|#]/g, ' ');
}

/** Places on the first page. */
const FIRST_PAGE: Entry[] = [
  {
    id: 'index.html#ai',
    kind: 'guide',
    title: 'Add MCP server to your AI tool',
    name: '',
    where: 'First page',
    text: 'mcp.json Claude Code Cursor VS Code Codex Gemini CLI llms.txt agents',
  },
];
