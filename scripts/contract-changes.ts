import { parseArgs } from 'node:util';
import { readArguments } from './arguments.ts';
import { type Bundle, compareDocuments } from './contract-changes/documents.ts';
import { changeLine, changesMarkdown, type DocumentChanges, unnamed } from './contract-changes/report.ts';
import {
  isShallow,
  lastRelease,
  readBundle,
  type Version,
  versionAt,
  versionNow,
} from './contract-changes/versions.ts';
import { ROOT } from './server-process.ts';

const usage = 'npm run contract:changes -- [REF | OLD.json NEW.json] [--check]';
const help = `Prints what was added, what changed and what breaks in the contracts, as Markdown.

  ${usage}

  REF                   a tag, branch or commit to compare with; without it, the last release (a tag such as v1.2.3);
                        before the first release there is nothing to break
  OLD.json NEW.json     two versions of one bundled document
  --check               exits with 1 when a breaking change is not named in CHANGELOG.md: in a bullet that was not there
                        before, with the word "breaking", the operation and what breaks of it, both in backticks`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 2) throw new Error('name one version, or two files');
  if (positionals.length === 2 && values.check)
    throw new Error('--check compares with a version, not with a file');
  return { ...values, positionals };
}

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

/** Returns the exit code. */
async function run({ check, positionals }: { check: boolean; positionals: string[] }): Promise<number> {
  const [first, second] = positionals;
  if (first !== undefined && second !== undefined) {
    const documents = [compare(await readBundle(first), await readBundle(second))];
    process.stdout.write(changesMarkdown(first, documents));
    return 0;
  }
  const base = first ?? (await lastRelease(ROOT));
  if (base === undefined) {
    console.log(
      (await isShallow(ROOT))
        ? 'No release is in this shallow clone. If there has been one, fetch it: git fetch --tags --unshallow'
        : 'There is no release yet, so nothing can break. Name a version to see what has changed since.',
    );
    return 0;
  }
  const [before, after] = await Promise.all([versionAt(ROOT, base), versionNow(ROOT)]);
  const documents = compareVersions(before, after);
  process.stdout.write(changesMarkdown(base, documents));
  return check ? report(documents, after.changelog, before.changelog) : 0;
}

function report(documents: DocumentChanges[], changelog: string, before: string): number {
  const missing = unnamed(
    documents.flatMap(({ changes }) => changes),
    changelog,
    before,
  );
  if (missing.length === 0) return 0;
  const lines = missing.map((change) => `- Breaking: ${changeLine(change)}`);
  console.error(
    `\nCHANGELOG.md does not name what breaks. Undo it, or tell readers what to do:\n\n${lines.join('\n')}`,
  );
  return 1;
}

try {
  const options = readArguments(usage, readOptions);
  if (options.help) console.log(help);
  else process.exitCode = await run(options);
} catch (error) {
  console.error(`contract:changes: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
