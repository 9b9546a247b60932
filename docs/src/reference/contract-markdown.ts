import type { Contract } from '../contracts.ts';
import { attributes, inline, typeOf } from './attributes.ts';
import { requirement } from './operation-markdown.ts';

/** A document as one page of Markdown: what it is for, its operations with links to all about them. */
export function contractMarkdown({ name, title, callers, document, operations }: Contract): string {
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
    `What is sent and answered: [schemas](${name}/schemas.md).`,
  ].join('\n\n')}\n`;
}

/** Every schema of a document, attribute by attribute. */
export function schemasMarkdown({ title, document }: Contract): string {
  return `${[
    `# Schemas of ${title}`,
    ...Object.entries(document.components.schemas).flatMap(([name, schema]) => {
      const lines = attributes(document, schema);
      return [
        `## ${name}`,
        inline(schema.description ?? ''),
        ...(lines.length > 0 ? [lines.join('\n')] : [`It is a ${typeOf(document, schema)}.`]),
      ];
    }),
  ].join('\n\n')}\n`;
}
