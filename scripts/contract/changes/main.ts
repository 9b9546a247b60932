import { Command } from '@commander-js/extra-typings';
import { ROOT } from '../../processes/server-process.ts';
import { type Bundle, compareDocuments } from './documents.ts';
import { changeLine, changesMarkdown, type DocumentChanges, unnamed } from './report.ts';
import { isShallow, lastRelease, readBundle, type Version, versionAt, versionNow } from './versions.ts';

const command = new Command('npm run contract:changes --')
  .description('Prints what was added, what changed and what breaks in the contracts, as Markdown.')
  .argument(
    '[ref]',
    'a tag, branch or commit to compare with, or a file: an old version of a bundled document',
  )
  .argument('[new]', 'the new version of that document')
  .option(
    '--check',
    'exits with 1 when a breaking change is not named in CHANGELOG.md: in a new bullet with the word "breaking", the ' +
      'operation and what breaks of it, both in backticks',
  )
  .addHelpText(
    'after',
    '\nWithout a ref, it compares with the last release, a tag such as v1.2.3. Before the first, nothing can break.',
  )
  .action(run);

function compare(before: Bundle | undefined, after: Bundle | undefined): DocumentChanges {
  const empty: Bundle = { info: { title: '', version: '' }, paths: {} };
  const info = after?.info ?? before?.info ?? empty.info;
  const versions = [before?.info.version ?? 'none', after?.info.version ?? 'none'];
  return {
    title: `${info.title} ${[...new Set(versions)].join(' → ')}`,
    changes: compareDocuments(before ?? empty, after ?? empty),
  };
}

function compareVersions(before: Version, after: Version): DocumentChanges[] {
  const names = new Set([...before.documents.keys(), ...after.documents.keys()]);
  return [...names].sort().map((name) => compare(before.documents.get(name), after.documents.get(name)));
}

async function run(
  first: string | undefined,
  second: string | undefined,
  { check }: { check?: true | undefined },
): Promise<void> {
  if (first !== undefined && second !== undefined) {
    if (check) command.error('error: --check compares with a version, not with a file');
    const documents = [compare(await readBundle(first), await readBundle(second))];
    process.stdout.write(changesMarkdown(first, documents));
    return;
  }
  const base = first ?? (await lastRelease(ROOT));
  if (base === undefined) {
    console.log(
      (await isShallow(ROOT))
        ? 'No release is in this shallow clone. If there has been one, fetch it: git fetch --tags --unshallow'
        : 'There is no release yet, so nothing can break. Name a version to see what has changed since.',
    );
    return;
  }
  const [before, after] = await Promise.all([versionAt(ROOT, base), versionNow(ROOT)]);
  const documents = compareVersions(before, after);
  process.stdout.write(changesMarkdown(base, documents));
  if (check) report(documents, after.changelog, before.changelog);
}

function report(documents: DocumentChanges[], changelog: string, before: string): void {
  const missing = unnamed(
    documents.flatMap(({ changes }) => changes),
    changelog,
    before,
  );
  if (missing.length === 0) return;
  const lines = missing.map((change) => `- Breaking: ${changeLine(change)}`);
  console.error(
    `\nCHANGELOG.md does not name what breaks. Undo it, or tell readers what to do:\n\n${lines.join('\n')}`,
  );
  process.exitCode = 1;
}

await command.parseAsync().catch((error: unknown) => {
  command.error(`error: ${error instanceof Error ? error.message : error}`);
});
