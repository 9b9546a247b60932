import type { Entry } from '../../client/search-options.ts';
import type { Contract } from '../contracts.ts';
import { inline } from '../reference/attributes.ts';
import { operationMarkdown } from '../reference/operation-markdown.ts';
import { referenceAddress } from '../reference/redocly.ts';
import type { Guide } from './guides.ts';
import { anchorOf } from './markdown.ts';

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
        text: inline(withoutCode(operationMarkdown(contract, operation))),
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
  ];
}

function guideEntries({ name, title, markdown }: Guide): Entry[] {
  const sections = withoutCode(markdown).split(/^##+ /m);
  return sections.map((section, index) => {
    const [heading = '', ...lines] = section.split('\n');
    const isFirst = index === 0;
    return {
      id: `guides/${name}.html${isFirst ? '' : `#${anchorOf(heading.replaceAll('`', ''))}`}`,
      kind: 'guide' as const,
      title: isFirst ? title : heading.replaceAll('`', ''),
      name: '',
      where: isFirst ? 'Guide' : title,
      text: inline(lines.join('\n')),
    };
  });
}

function withoutCode(markdown: string): string {
  return markdown
    .replace(/^```.*?^```$/gms, '')
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/^[|\s:-]+$/gm, '')
    .replace(/[`*|#]/g, ' ');
}
