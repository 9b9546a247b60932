import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXAMPLE_SERVER, saying } from '../../../server/src/docs/addresses.ts';
import type { ApiDocument } from '../library/documents.ts';
import { requirement } from '../library/markdown.ts';
import { ROOT } from '../root.ts';
import { changedSource, type Source } from './source.ts';

/** For what is being built, and for Redocly's pages by a hash of what they are made of: one takes more than a second. */
export const CACHE = join(ROOT, 'docs/.cache');

const TEMPLATE = `{{{redocHead}}}<!--redoc-->{{{redocHTML}}}`;

/** The two parts of a page that Redocly makes. */
export interface Redoc {
  head: string;
  body: string;
}

/** Has Redocly make the reference of a document, whole: its script and all that it shows are in it. */
export async function buildRedoc(document: ApiDocument): Promise<Redoc> {
  const { version } = JSON.parse(
    await readFile(join(ROOT, 'node_modules/@redocly/cli/package.json'), 'utf8'),
  );
  const files = {
    '.json': JSON.stringify(withLinks(document)),
    '.hbs': TEMPLATE,
  };
  const key = createHash('sha256')
    .update(JSON.stringify([version, files]))
    .digest('hex')
    .slice(0, 16);
  const path = join(CACHE, `${document.name}-${key}.html`);
  const cached = await readFile(path, 'utf8').catch(() => undefined);
  const [head = '', body = ''] = (cached ?? (await run(files, path))).split('<!--redoc-->');
  return { head, body: atHome(body) };
}

/** Where Redocly has the picture of its name. */
const LOGO = /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(?:-full)?\.svg/g;

/** Where its script, which a policy knows by its hash, says the address of the server that the page comes from. */
const SERVER_IN_SCRIPT = '{{server}}';

const DEFINITION = /(?<=const __redoc_definition = )\{.*\}(?=;\s+const __redoc_options = )/s;

/** Its name stays where Redocly has it, without a request to elsewhere; links work before its script does. */
function atHome(body: string): string {
  const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="46" height="14"><text y="11" font-family="sans-serif" font-size="12" fill="#fff">Redocly</text></svg>`;
  const script = body.indexOf('<script type="module">');
  return `${body.slice(0, script).replaceAll(' href="/', ' href="#/')}${withAddress(body.slice(script))}`.replace(
    LOGO,
    `data:image/svg+xml;base64,${Buffer.from(logo).toString('base64')}`,
  );
}

/** The script takes the server's address from the page (`docs/site/client/addresses.ts`): it stays the same, and so its hash. */
function withAddress(script: string): string {
  const changed = script.replace(
    DEFINITION,
    (json) =>
      `JSON.parse(JSON.stringify(${saying(json, SERVER_IN_SCRIPT)}).replaceAll('${SERVER_IN_SCRIPT}', () => globalThis.grantkeeperServer ?? ''))`,
  );
  if (changed === script || changed.includes(EXAMPLE_SERVER)) {
    throw new Error('the script of Redocly’s page has changed: it says the address of the example');
  }
  return changed;
}

/** Each run in a folder of its own: two builds at the same time do not meet, and one that fails leaves nothing. */
async function run(files: Record<string, string>, output: string): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'redocly-'));
  const page = join(folder, 'page');
  try {
    await Promise.all(Object.entries(files).map(([ending, text]) => writeFile(page + ending, text)));
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    await promisify(execFile)(
      join(ROOT, 'node_modules/.bin/redocly'),
      [
        ['build-docs', `${page}.json`, '--template', `${page}.hbs`],
        ['--inlineBundle', '--output', `${page}.html`],
      ].flat(),
      { cwd: ROOT, env },
    );
    await rename(`${page}.html`, output);
  } finally {
    await rm(folder, { recursive: true });
  }
  return readFile(output, 'utf8');
}

/** The document, each operation with a link to its own page. */
function withLinks(document: ApiDocument): Source {
  return changedSource(document, (raw, operation) => {
    const { document: name, operationId } = operation;
    const link = `[Samples, errors and where to try it](${name}/${operationId}.html)`;
    raw.description = [requirement(operation), operation.description, link].join('\n\n');
  });
}
