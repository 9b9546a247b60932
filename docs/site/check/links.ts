import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import GithubSlugger from 'github-slugger';

/** Leads within Redocly's and Swagger UI's pages: their scripts make those places, and tests in a browser go there. */
const MADE_BY_SCRIPT = /^\//;

/** What is wrong with the links of a built portal: one line each, none where all lead somewhere. */
export async function brokenLinks(site: string): Promise<string[]> {
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(site, join(entry.parentPath, entry.name)));
  const known = new Set(paths);
  const texts = new Map<string, string>();
  for (const path of paths.filter((one) => /\.(?:html|md|txt)$/.test(one))) {
    texts.set(path, await readFile(join(site, path), 'utf8'));
  }
  const anchors = new Map([...texts].map(([path, text]) => [path, anchorsOf(path, text)]));
  return [...texts].flatMap(([path, text]) =>
    linksOf(path, text).flatMap((link) => {
      const problem = problemOf(link, path, known, anchors);
      return problem ? [`${path}: ${link}: ${problem}`] : [];
    }),
  );
}

function problemOf(link: string, from: string, known: Set<string>, anchors: Map<string, Set<string>>) {
  if (/^https?:\/\//.test(link)) return undefined;
  if (/^(?:[a-z]+:|\/)/.test(link)) return 'is not relative';
  const [address = '', hash] = link.replaceAll('&amp;', '&').split('#');
  const path = address.split('?')[0];
  const target = path ? posix.join(dirname(from), path) : from;
  if (!known.has(target)) return 'leads nowhere';
  if (!hash || MADE_BY_SCRIPT.test(hash)) return undefined;
  return anchors.get(target)?.has(decodeURIComponent(hash)) ? undefined : 'has no such anchor';
}

/** The addresses that a page leads to or loads, as they are written. */
export function linksOf(path: string, text: string): string[] {
  if (!path.endsWith('.html')) {
    return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  }
  return [...text.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, link = '']) => link);
}

/** The places on a page that an address can name. */
export function anchorsOf(path: string, text: string): Set<string> {
  if (path.endsWith('.html')) return new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id));
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  const slugger = new GithubSlugger();
  return new Set(headings.map((heading) => slugger.slug(heading.replaceAll('`', ''))));
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[()]/g, ''));
}
