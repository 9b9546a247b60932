import { chmod, copyFile, cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addressOf, readManifest } from '../../../scripts/release/packages.ts';
import { libraryOf, readDocumentation } from '../library/documentation.ts';
import { GUIDE_FILES, withoutMarks } from '../library/guides.ts';
import { ROOT } from '../root.ts';
import { buildAssets } from './assets.ts';
import { downloads } from './downloads.ts';
import { changesFeed } from './feed.ts';
import { layout, type Page } from './layout.ts';
import { llmsFullText, llmsText } from './llms.ts';
import { guidePages, landingPage, notFoundPage, tryPage } from './pages.ts';
import { writeRedoc } from './redoc.ts';
import { referencePages } from './reference.ts';

/** Where the built portal is. */
export const BUILT = join(ROOT, 'docs/dist');

/** Where it is built, on the same disk. */
const CACHE = join(ROOT, 'docs/.cache');

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
  const { repository } = await readManifest('.');
  const library = libraryOf(documentation);
  const { documents, pages: markdown } = documentation;
  const [assets] = await Promise.all([
    buildAssets(join(site, 'assets')),
    ...documents.map(({ name }) => writeRedoc(name, site)),
  ]);
  const pages: Page[] = [
    landingPage(documentation),
    notFoundPage(),
    ...guidePages(documentation),
    ...referencePages(documentation),
    tryPage(documentation, assets.tryIt),
  ];
  const searched = {
    index: library.index,
    texts: Object.fromEntries(library.entries.map(({ id, text }) => [id, text])),
  };
  const texts: [path: string, content: string][] = [
    ...pages.map((page): [string, string] => [page.path, layout(page, assets, addressOf(repository))]),
    ...[...markdown.values()].map((page): [string, string] => [`${page.path}.md`, page.markdown]),
    ...pages.flatMap(({ path, markdown }): [string, string][] =>
      markdown ? [[path.replace(/html$/, 'md'), withoutMarks(markdown)]] : [],
    ),
    ...(await downloads(documents)),
    ['assets/search-index.js', `globalThis.grantkeeperSearch=${JSON.stringify(searched)};\n`],
    ['library.json', JSON.stringify(library)],
    ['changes.atom', changesFeed(documentation)],
    ['llms.txt', llmsText(documentation)],
    ['llms-full.txt', llmsFullText(documentation)],
  ];
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
