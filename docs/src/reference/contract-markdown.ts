import type { Contract } from '../contracts.ts';
import { attributes, inline } from './attributes.ts';
import { requirement } from './operation-markdown.ts';

/** A document as one page of Markdown: what it is for, its operations with links to all about them, its schemas. */
export function contractMarkdown({ name, title, callers, document, operations }: Contract): string {
  const schemas = Object.entries(document.components.schemas);
  return `${[
    `# ${title}`,
    `For ${callers}.`,
    // Headings of the description are one level below the title already.
    document.info.description.trim(),
    '## Operations',
    operations
      .map(
        (operation) =>
          `- [${operation.summary}](${name}/${operation.id}.md): \`${operation.method} ${operation.path}\`. ${requirement(operation)}`,
      )
      .join('\n'),
    '## Schemas',
    ...schemas.flatMap(([schemaName, schema]) => {
      const lines = attributes(document, schema);
      return [
        `### ${schemaName}`,
        inline(schema.description ?? ''),
        ...(lines.length > 0 ? [lines.join('\n')] : []),
      ];
    }),
  ].join('\n\n')}\n`;
}
