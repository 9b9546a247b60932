import { readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';

/** A guide: a Markdown file that becomes a page in `guides/` of the documentation's site. */
export interface Guide {
  name: string;
  /** Relative to the repository's root. */
  source: string;
  title: string;
  /** What it is about, in one sentence. */
  about: string;
  /** As in the repository. */
  markdown: string;
}

/** The guides in reading order, under headings. */
export type GuideMenu = [heading: string, guides: Guide[]][];

const ROOT = new URL('../../../', import.meta.url);
const MENU: Record<string, Record<string, string>> = JSON.parse(
  readFileSync(new URL('guides.json', import.meta.url), 'utf8'),
);

/** Files that guides link to: where they are in the repository, and where on the site. */
export const GUIDE_FILES = new Map([
  ['sdk/LICENSE', 'guides/LICENSE'],
  ['docs/guides/rows-to-grants.svg', 'guides/rows-to-grants.svg'],
  ['server/src/database/sharding.mongosh.js', 'guides/sharding.mongosh.js'],
  ['scripts/bench/results/chart.svg', 'guides/performance/chart.svg'],
  ['scripts/bench/results/results.json', 'guides/performance/results.json'],
]);

/** Reads the guides. */
export function readGuides(): GuideMenu {
  return Object.entries(MENU).map(([heading, guides]) => [
    heading,
    Object.entries(guides).map(([source, about]) => {
      const markdown = readFileSync(new URL(source, ROOT), 'utf8');
      const [, title = ''] = /^# (.+)$/m.exec(markdown) ?? [];
      return { name: nameOf(source), source, title, about, markdown };
    }),
  ]);
}

/** `docs/guides/errors.md` is `errors`, `sdk/README.md` is `sdk`, `sdk/CHANGELOG.md` is `sdk-changelog`; folders of ours are left out. */
function nameOf(source: string): string {
  const path = source.replace(/^(?:docs\/guides|server)\/|\.md$/g, '');
  return path
    .replace(/\/README$/, '')
    .replaceAll('/', '-')
    .toLowerCase();
}

/** A guide's Markdown as on the site: links lead within the site, and markers for checks are removed. */
export function publishedMarkdown(guide: Guide): string {
  return withoutMarks(guide.markdown).replace(/!?\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, text, href) => {
    const address = addressInSite(guide, href, 'md');
    if (address !== undefined) return `${whole.startsWith('!') ? '!' : ''}[${text}](${address})`;
    return whole.startsWith('!') ? '' : whole;
  });
}

/** Removes what follows a block's language: it tells `npm run docs:check` how to run the block. */
export function withoutMarks(markdown: string): string {
  return markdown.replace(/^```sh .*$/gm, '```sh');
}

/**
 * The address on the site that a guide's link leads to, relative to the guides' folder.
 *
 * @param extension of the pages that it may lead to
 * @returns undefined if the site does not have the target
 */
export function addressInSite(guide: Guide, href: string, extension: 'html' | 'md'): string | undefined {
  const target = repositoryPath(guide, href);
  if (!target) return href;
  if (Object.values(MENU).some((guides) => target.path in guides)) {
    return `${nameOf(target.path)}.${extension}${target.hash}`;
  }
  const document = /^openapi\/(?:bundled\/)?([a-z-]+)\.(?:yaml|json)$/.exec(target.path)?.[1];
  if (document) return `../reference/${document}.${extension}${target.hash}`;
  const file = GUIDE_FILES.get(target.path);
  return file && posix.relative('guides', file);
}

/**
 * The target of a guide's link, relative to the repository's root; undefined if it leads elsewhere or within the page.
 */
export function repositoryPath(guide: Guide, href: string): { path: string; hash: string } | undefined {
  if (/^([a-z]+:|#)/.test(href)) return undefined;
  const [path = '', hash = ''] = href.split('#');
  return { path: posix.join(dirname(guide.source), path), hash: hash && `#${hash}` };
}
