import type { Command } from '@commander-js/extra-typings';
import { type PageFeedback, summarizeFeedback } from '../docs/feedback-summary.ts';
import { ANY_DATABASE, databaseOfEnvironment, withDatabase } from './database.ts';

export function addFeedback(program: Command): void {
  program
    .command('feedback')
    .description(
      'Prints what readers answered to "Was this page helpful?", page by page, with the latest comments.',
    )
    .option('--json', 'prints a line of JSON for each page')
    .addHelpText('after', `\nAnswers are anonymous and kept for 180 days.${ANY_DATABASE}`)
    .action(printFeedback);
}

async function printFeedback({ json }: { json?: true | undefined }): Promise<void> {
  const pages = await withDatabase(databaseOfEnvironment(), ({ collections }) =>
    summarizeFeedback(collections),
  );
  const lines = json ? pages.map((page) => JSON.stringify(page)) : table(pages);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Comments contain whatever somebody sent: nothing in them may control a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}

function table(pages: PageFeedback[]): string[] {
  if (pages.length === 0) return ['nobody has said anything yet'];
  const width = Math.max(...pages.map(({ page }) => page.length), 'page'.length);
  const row = (page: string, yes: unknown, no: unknown) =>
    `${page.padEnd(width)}  ${String(yes).padStart(5)}  ${String(no).padStart(5)}`;
  const rows = pages.flatMap(({ page, yes, no, comments }) => [
    row(page, yes, no),
    ...comments.map(({ at, helpful, comment }) => {
      return `    ${at.toISOString().slice(0, 10)} ${helpful ? 'yes' : 'no'}: ${printable(comment)}`;
    }),
  ]);
  return [row('page', 'yes', 'no'), ...rows];
}
