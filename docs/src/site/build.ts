import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import MiniSearch from 'minisearch';
import { SEARCH } from '../../client/search-options.ts';
import { type Contract, ROOT, readContracts } from '../contracts.ts';
import type { Parameter } from '../openapi.ts';
import { operationMarkdown } from '../reference/operation-markdown.ts';
import { buildRedoc, CACHE } from '../reference/redocly.ts';
import { buildAssets } from './assets.ts';
import { readGuides } from './guides.ts';
import { layout, type Page } from './layout.ts';
import { llmsFullText, llmsText } from './llms.ts';
import { guidePage, landingPage, referencePage, schemasPage, tryPage } from './pages.ts';
import { searchEntries } from './search-entries.ts';

/** Where the built portal is. */
export const BUILT = join(ROOT, 'docs/dist');

/** Files beside the guides that these link to. */
const FILES = [
  ['sdk/LICENSE', 'guides/LICENSE'],
  ['docs/guides/rows-to-grants.svg', 'guides/rows-to-grants.svg'],
  ['docs/sharding.mongosh.js', 'guides/sharding.mongosh.js'],
  ['docs/performance/chart.svg', 'guides/performance/chart.svg'],
  ['docs/performance/results.json', 'guides/performance/results.json'],
] as const;

/** Builds the portal. What was there stays until all of the new one is written. */
export async function buildPortal(output = BUILT): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const site = await mkdtemp(join(CACHE, 'site-'));
  try {
    await writeSite(site);
    // Folders that are made to be temporary are nobody else's to read.
    await chmod(site, 0o755);
    await rm(output, { recursive: true, force: true });
    await rename(site, output);
  } finally {
    await rm(site, { recursive: true, force: true });
  }
}

async function writeSite(site: string): Promise<void> {
  await mkdir(join(site, 'assets'));
  const contracts = readContracts();
  const menu = readGuides();
  const guides = menu.flatMap(([, list]) => list);
  const [assets, ...redocs] = await Promise.all([
    buildAssets(join(site, 'assets')),
    ...contracts.map(buildRedoc),
  ]);
  const files = new Map(FILES.filter(([path]) => existsSync(join(ROOT, path))));
  const references = contracts.flatMap((contract, index) => {
    const redoc = redocs[index];
    return redoc ? [referencePage(contract, contracts, redoc)] : [];
  });
  const guidePages = guides.map((guide) => guidePage(guide, menu, files));
  const pages: Page[] = [
    landingPage(contracts, menu),
    ...guidePages,
    ...references,
    ...contracts.map((contract) => schemasPage(contract, contracts)),
    tryPage(contracts, assets.tryIt),
  ];

  const index = new MiniSearch(SEARCH);
  index.addAll(searchEntries(contracts, guides));
  const texts: [path: string, content: string][] = [
    ...pages.flatMap((page): [string, string][] => [
      [page.path, layout(page, assets)],
      [page.path.replace(/\.html$/, '.md'), published(page.markdown)],
    ]),
    ...contracts.flatMap(operationPages),
    ...contracts.map((contract): [string, string] => [`try/${contract.name}.js`, tryScript(contract)]),
    ['assets/search-index.js', `globalThis.grantkeeperSearch=${JSON.stringify(index)};\n`],
    ['llms.txt', llmsText(contracts, guides)],
    [
      'llms-full.txt',
      llmsFullText(
        contracts,
        guidePages.map(({ markdown }) => published(markdown)),
      ),
    ],
  ];
  const scripts = texts.filter(([path]) => path.endsWith('.html')).flatMap(([, html]) => inlineScripts(html));
  texts.push(['script-hashes.json', JSON.stringify([...new Set(scripts)], null, 2)]);
  for (const [path, content] of texts) {
    await mkdir(dirname(join(site, path)), { recursive: true });
    await writeFile(join(site, path), content);
  }
  for (const [from, to] of files) {
    await mkdir(dirname(join(site, to)), { recursive: true });
    await copyFile(join(ROOT, from), join(site, to));
  }
  await cp(join(ROOT, 'docs/assets'), join(site, 'assets'), { recursive: true });
  const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE']) {
    await copyFile(join(swagger, name), join(site, 'try', name));
  }
}

/** Without what only `npm run docs:check` reads. */
function published(markdown: string): string {
  return markdown.replace(/^```sh .*$/gm, '```sh');
}

function operationPages(contract: Contract): [string, string][] {
  return contract.operations.map((operation) => [
    `reference/${contract.name}/${operation.id}.md`,
    operationMarkdown(contract, operation),
  ]);
}

/** A document for the console, which fills in examples: those of parameters that may be left out are left out. */
function tryScript({ name, document, operations }: Contract): string {
  const copy = structuredClone(document);
  for (const { method, path, parameters } of operations) {
    const raw = copy.paths[path]?.[method.toLowerCase()];
    if (raw) raw.parameters = parameters.map((one) => (one.required ? one : withoutExample(one)));
  }
  return `(globalThis.grantkeeperDocuments??={})[${JSON.stringify(name)}]=${JSON.stringify(copy)};\n`;
}

function withoutExample({ example: _, examples: __, ...parameter }: Parameter): Parameter {
  return parameter;
}

/** What a Content-Security-Policy calls the scripts that are in a page itself: Redocly's, and no others. */
function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script(?: type="module")?>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `sha256-${createHash('sha256').update(script).digest('base64')}`,
  );
}
