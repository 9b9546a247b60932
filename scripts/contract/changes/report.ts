import type { Change } from './change.ts';

/** What changed in one document. */
export interface DocumentChanges {
  /** For example `OAuth Grants 1.0.0 → 1.1.0`. */
  title: string;
  changes: Change[];
}

/** The changes as Markdown: per document, what breaks, what was added and what else changed. */
export function changesMarkdown(since: string, documents: DocumentChanges[]): string {
  const parts = documents
    .filter(({ changes }) => changes.length > 0)
    .flatMap(({ title, changes }) => [
      `## ${title}`,
      ...section(
        'Breaking',
        changes.filter(({ breaking }) => breaking),
      ),
      ...section(
        'Added',
        changes.filter(({ breaking, kind }) => !breaking && kind === 'added'),
      ),
      ...section(
        'Changed',
        changes.filter(({ breaking, kind }) => !breaking && kind !== 'added'),
      ),
    ]);
  const head = `# The contracts since ${since}`;
  return `${[head, ...(parts.length > 0 ? parts : ['Nothing has changed.'])].join('\n\n')}\n`;
}

function section(title: string, changes: Change[]): string[] {
  if (changes.length === 0) return [];
  return [`### ${title}`, changes.map((change) => `- ${changeLine(change)}`).join('\n')];
}

/** A change as one line of Markdown. */
export function changeLine({ operationId, subject, text }: Change): string {
  return `\`${operationId}\`${subject ? ` \`${subject}\`` : ''}: ${text}`;
}

/**
 * The breaking changes that no new bullet of the changelog names. A bullet names one if it has the word "breaking", the
 * operation and, if the change has one, its subject, both in backticks.
 *
 * @param before the changelog at the base; bullets that it already has do not count
 */
export function unnamed(changes: Change[], changelog: string, before: string): Change[] {
  const old = new Set(bulletsOf(before));
  const bullets = bulletsOf(changelog).filter((bullet) => !old.has(bullet) && /\bbreaking\b/i.test(bullet));
  const isNamed = ({ operationId, subject }: Change) =>
    bullets.some((bullet) => [operationId, subject].every((name) => !name || bullet.includes(`\`${name}\``)));
  return changes.filter((change) => change.breaking && !isNamed(change));
}

/** Each bullet on one line, including its continuation lines. */
function bulletsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^- .*(?:\n {2,}\S.*)*/gm)].map(([bullet]) => bullet.replaceAll(/\s+/g, ' '));
}
