import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Contract, type Operation, ROOT } from '../contracts.ts';
import type { OpenApi } from '../openapi.ts';
import { requirement } from './operation-markdown.ts';

/** For what is being built, and for Redocly's pages by a hash of what they are made of: one takes more than a second. */
export const CACHE = join(ROOT, 'docs/.cache');

const TEMPLATE = `{{{redocHead}}}<!--redoc-->{{{redocHTML}}}`;

/** The two parts of a page that Redocly makes. */
export interface Redoc {
  head: string;
  body: string;
}

/** Has Redocly make the reference of a document, whole: its script and all that it shows are in it. */
export async function buildRedoc(contract: Contract): Promise<Redoc> {
  const { version } = JSON.parse(
    await readFile(join(ROOT, 'node_modules/@redocly/cli/package.json'), 'utf8'),
  );
  const source = JSON.stringify(withSamples(contract));
  const key = createHash('sha256').update(`${version}\n${TEMPLATE}\n${source}`).digest('hex').slice(0, 16);
  const path = join(CACHE, `${contract.name}-${key}.html`);
  const cached = await readFile(path, 'utf8').catch(() => undefined);
  const [head = '', body = ''] = (cached ?? (await run(source, path))).split('<!--redoc-->');
  return { head, body: atHome(body) };
}

/** Where Redocly has the picture of its name. */
const LOGO = /https:\/\/cdn\.redoc\.ly\/redoc\/logo-mini(?:-full)?\.svg/g;

/** Its name stays where Redocly has it, without a request to elsewhere; links work before its script does. */
function atHome(body: string): string {
  const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="46" height="14"><text y="11" font-family="sans-serif" font-size="12" fill="#fff">Redocly</text></svg>`;
  const script = body.indexOf('<script type="module">');
  return `${body.slice(0, script).replaceAll(' href="/', ' href="#/')}${body.slice(script)}`.replace(
    LOGO,
    `data:image/svg+xml;base64,${Buffer.from(logo).toString('base64')}`,
  );
}

async function run(source: string, output: string): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const [input, template, temporary] = [`${output}.json`, `${output}.hbs`, `${output}.tmp`];
  await writeFile(input, source);
  await writeFile(template, TEMPLATE);
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  await promisify(execFile)(
    join(ROOT, 'node_modules/.bin/redocly'),
    ['build-docs', input, '--template', template, '--inlineBundle', '--output', temporary],
    { cwd: ROOT, env },
  );
  await Promise.all([rename(temporary, output), rm(input), rm(template)]);
  return readFile(output, 'utf8');
}

/** The document with the samples in it, and with links to where an operation can be tried and read as Markdown. */
function withSamples({ document, operations }: Contract): OpenApi {
  const copy = structuredClone(document);
  for (const operation of operations) {
    const raw = copy.paths[operation.path]?.[operation.method.toLowerCase()];
    if (!raw) throw new Error(`${operation.id} is not at ${operation.path}`);
    raw['x-codeSamples'] = operation.samples;
    raw.description = [requirement(operation), raw.description.trim(), links(operation)].join('\n\n');
  }
  return copy;
}

function links(operation: Operation): string {
  const { contract, id } = operation;
  return `[Try it](../${tryAddress(operation)}) · [As Markdown](${contract}/${id}.md)`;
}

/** Where an operation can be tried, from the portal's root. */
export function tryAddress({ contract, tag, id }: Operation): string {
  return `try/index.html?document=${contract}#/${encodeURIComponent(tag)}/${id}`;
}

/** Where an operation is in the reference, from the portal's root. */
export function referenceAddress({ contract, tag, id }: Operation): string {
  const slug = tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `reference/${contract}.html#/${slug}/${id.toLowerCase()}`;
}
