import { createHash } from 'node:crypto';
import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { libraryOf, readDocumentation } from '../library/documentation.ts';
import type { ApiDocument, Parameter } from '../library/documents.ts';
import { GUIDE_FILES, withoutMarks } from '../library/guides.ts';
import { buildRedoc, CACHE } from '../reference/redocly.ts';
import { changedSource } from '../reference/source.ts';
import { ROOT } from '../root.ts';
import { buildAssets } from './assets.ts';
import { downloads } from './downloads.ts';
import { layout, type Page } from './layout.ts';
import { llmsFullText, llmsText } from './llms.ts';
import { operationPage } from './operation.ts';
import { guidePage, landingPage, notFoundPage, referencePage, schemasPage, tryPage } from './pages.ts';

/** Where the built portal is. */
export const BUILT = join(ROOT, 'docs/dist');

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
  const documentation = readDocumentation();
  const library = libraryOf(documentation);
  const { documents, guides, pages: markdown } = documentation;
  const [assets, ...references] = await Promise.all([
    buildAssets(join(site, 'assets')),
    ...documents.map(async (document) => referencePage(document, documentation, await buildRedoc(document))),
  ]);
  const pages: Page[] = [
    landingPage(documentation),
    notFoundPage(),
    ...guides.flatMap(([, list]) => list).map((guide) => guidePage(guide, documentation)),
    ...documentation.operations.map((operation) => operationPage(operation, documentation)),
    ...references,
    ...documents.map((document) => schemasPage(document, documentation)),
    tryPage(documentation, assets.tryIt),
  ];

  const texts: [path: string, content: string][] = [
    ...pages.map((page): [string, string] => [page.path, layout(page, assets)]),
    ...[...markdown.values()].map((page): [string, string] => [`${page.path}.md`, page.markdown]),
    ...pages.flatMap(({ path, markdown }): [string, string][] =>
      markdown ? [[path.replace(/html$/, 'md'), withoutMarks(markdown)]] : [],
    ),
    ...documents.map((document): [string, string] => [`try/${document.name}.js`, tryScript(document)]),
    ...downloads(documents),
    ['assets/search-index.js', `globalThis.grantkeeperSearch=${JSON.stringify(library.index)};\n`],
    ['library.json', JSON.stringify(library)],
    ['llms.txt', llmsText(documentation)],
    ['llms-full.txt', llmsFullText(documentation)],
  ];
  const scripts = texts.filter(([path]) => path.endsWith('.html')).flatMap(([, html]) => inlineScripts(html));
  texts.push(['script-hashes.json', JSON.stringify([...new Set(scripts)], null, 2)]);
  for (const [path, content] of texts) {
    await mkdir(dirname(join(site, path)), { recursive: true });
    await writeFile(join(site, path), content);
  }
  for (const [from, to] of GUIDE_FILES) {
    await mkdir(dirname(join(site, to)), { recursive: true });
    await copyFile(join(ROOT, from), join(site, to));
  }
  await cp(join(ROOT, 'docs/site/assets'), join(site, 'assets'), { recursive: true });
  const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE']) {
    await copyFile(join(swagger, name), join(site, 'try', name));
  }
}

/** A document for the console, which fills in examples: those of parameters that may be left out are left out. */
function tryScript(document: ApiDocument): string {
  const shown = changedSource(document, (raw, { parameters }) => {
    raw.parameters = parameters.map((one) => (one.required ? one : withoutExample(one)));
  });
  return `(globalThis.grantkeeperDocuments??={})[${JSON.stringify(document.name)}]=${JSON.stringify(shown)};\n`;
}

function withoutExample({ example: _, ...parameter }: Parameter): object {
  return parameter;
}

/** What a Content-Security-Policy calls the scripts that are in a page itself: Redocly's, and no others. */
function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script(?: type="module")?>(.*?)<\/script>/gs)].map(
    ([, script = '']) => `sha256-${createHash('sha256').update(script).digest('base64')}`,
  );
}
