import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../../scripts/processes/server-process.ts';
import { readDocumentation } from '../library/documentation.ts';
import { BUILT, buildPortal } from '../pages/build.ts';
import { landingMarkdown } from '../pages/landing.ts';
import { runScript, scriptOf } from './commands.ts';
import { brokenLinks } from './links.ts';

/*
 * Checks the documentation: every link and anchor of the built site, and every command of every guide, against a demo
 * server that it starts itself.
 */

/** Runs the commands of each page in turn; prints what failed and gives how many did. */
async function runCommands(pages: [name: string, markdown: string][]): Promise<number> {
  const DATA_DIR = await mkdtemp(join(tmpdir(), 'grantkeeper-docs-'));
  const server = await startServer({ DATA_DIR, LOG_LEVEL: 'info' });
  let failed = 0;
  try {
    for (const [name, markdown] of pages) {
      const script = scriptOf(markdown, server.url);
      if (!script) continue;
      await runScript(script, { DATA_DIR }).then(
        () => process.stdout.write(`ok      ${name}\n`),
        (error: Error) => {
          failed++;
          process.stdout.write(`FAILED  ${name}\n${error.message}\n`);
        },
      );
    }
  } finally {
    await server.stop();
    await rm(DATA_DIR, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }
  return failed;
}

await buildPortal();
const broken = await brokenLinks(BUILT);
for (const line of broken) process.stdout.write(`BROKEN  ${line}\n`);
const { documents, guides } = readDocumentation();
const failed = await runCommands([
  ['the first page', landingMarkdown(documents, guides)],
  // What the SDK's package says is tested with the package.
  ...guides
    .flatMap(([, list]) => list)
    .filter(({ source }) => source.startsWith('docs/'))
    .map(({ source, markdown }): [string, string] => [source, markdown]),
]);
if (broken.length + failed > 0) process.exitCode = 1;
