import { parseArgs } from 'node:util';
import { type PageFeedback, summarizeFeedback } from '../server/src/docs/feedback-summary.ts';
import { readArguments } from './arguments.ts';
import { databaseOfEnvironment, withDatabase } from './database.ts';

const usage = 'npm run feedback -- [--json]';
const help = `Prints what readers answered to "Was this page helpful?", page by page, with the latest comments.

  ${usage}

  --json                the same for programs, a line of JSON for each page

Nothing says who they were, and answers are kept for 180 days. It works on the database that MONGODB_URI names, else on
the embedded one of the server that runs with the same DATA_DIR, and reads no other variable.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}

/** Comments contain whatever somebody sent: nothing in them may control a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}

function table(pages: PageFeedback[]): string {
  if (pages.length === 0) return 'nobody has said anything yet';
  const width = Math.max(...pages.map(({ page }) => page.length), 'page'.length);
  const row = (page: string, yes: unknown, no: unknown) =>
    `${page.padEnd(width)}  ${String(yes).padStart(5)}  ${String(no).padStart(5)}`;
  const rows = pages.flatMap(({ page, yes, no, comments }) => [
    row(page, yes, no),
    ...comments.map(({ at, helpful, comment }) => {
      return `    ${at.toISOString().slice(0, 10)} ${helpful ? 'yes' : 'no'}: ${printable(comment)}`;
    }),
  ]);
  return [row('page', 'yes', 'no'), ...rows].join('\n');
}

async function feedback(json: boolean): Promise<string> {
  const pages = await withDatabase(databaseOfEnvironment(), ({ collections }) =>
    summarizeFeedback(collections),
  );
  return json ? pages.map((page) => `${JSON.stringify(page)}\n`).join('') : `${table(pages)}\n`;
}

try {
  const options = readArguments(usage, readOptions);
  process.stdout.write(options.help ? `${help}\n` : await feedback(options.json));
} catch (error) {
  console.error(`feedback: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
