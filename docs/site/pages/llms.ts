import { posix } from 'node:path';
import type { Documentation } from '../library/documentation.ts';
import { markdownOf } from '../library/entries.ts';

const INSTRUCTIONS = `## Instructions for agents

- There are four documents, each with its own shape of errors. Choose by who calls: a member or an admin, a signed-in
  person, a person who has just verified again, or the management API.
- Read the page of an operation before you call it. It is complete: parameters, body, answers, errors, samples.
- Prefer \`@grantkeeper/sdk\` to requests by hand: it is typed from these documents, and retries what is safe to retry.
- Decide by the code of an error (\`type\`, \`code\` or \`error\`), never by its text.
- To read a whole list, begin with \`cursor=first\`, then pass \`next_cursor\` exactly as it was given, until there is
  none.
- A revocation is safe to repeat. When no answer came, send the same request again.
- Revoking takes access away from people at once. Ask before you revoke more than what was named to you.
- Never put an access token into a log, a prompt or a URL.`;

/** `llms.txt`: what there is, each page with a sentence and a link to its Markdown. */
export function llmsText({ documents, guides }: Documentation): string {
  return `${[
    '# Grantkeeper',
    '> The API beside an OAuth authorization server that lets people see and take back what they allowed.',
    INSTRUCTIONS,
    ...documents.flatMap(({ name, title, callers, operations }) => [
      `## ${title}`,
      [
        `- [All of ${title}](reference/${name}.md): for ${callers}`,
        `- [Schemas of ${title}](reference/${name}/schemas.md): every attribute`,
        ...operations.map(
          ({ operationId, summary, method, path }) =>
            `- [${summary}](reference/${name}/${operationId}.md): ${method} ${path}`,
        ),
      ].join('\n'),
    ]),
    '## Guides',
    guides
      .flatMap(([, list]) => list)
      .map(({ name, title, about }) => `- [${title}](guides/${name}.md): ${about}`)
      .join('\n'),
    '## Optional',
    '- [Everything in one file](llms-full.txt)',
  ].join('\n\n')}\n`;
}

/** `llms-full.txt`: the instructions, every guide and every operation. */
export function llmsFullText(documentation: Documentation): string {
  const { documents, guides } = documentation;
  return `${[
    '# Grantkeeper',
    INSTRUCTIONS,
    ...guides
      .flatMap(([, list]) => list)
      .map((guide) =>
        markdownOf(documentation, `guides/${guide.name}`)
          .trim()
          .replace(/\]\((?!https?:|#)([^)\s]+)\)/g, (_, path) => `](${posix.join('guides', path)})`),
      ),
    ...documents.flatMap(({ name, title, description, operations }) => [
      `# ${title}`,
      description,
      ...operations.map(({ operationId }) =>
        markdownOf(documentation, `reference/${name}/${operationId}`).trim(),
      ),
    ]),
  ].join('\n\n')}\n`;
}
