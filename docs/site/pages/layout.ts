import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';
import type { Assets } from './assets.ts';
import { editAddress } from './edit-address.ts';
import { escapeHtml } from './markdown.ts';

/** A page of the portal, without what is around it. */
export interface Page {
  /** From the portal's root, such as `guides/errors.html`. */
  path: string;
  title: string;
  description: string;
  /** In the head, after all that every page has. */
  head?: string;
  /** What is between header and footer. */
  content: string;
  /** The file that it is made from, relative to the repository's root; those that are made of several have none. */
  source?: string;
  /** What is beside it under the same name, where the library has no such page. */
  markdown?: string;
  /** The content has a `<main>` of its own. */
  hasMain?: boolean;
}

const MENU = [
  ['guides/quickstart.html', 'Guides', 'guides/'],
  ['reference/oauth-grants/listOAuthGrants.html', 'Reference', 'reference/'],
  ['try/index.html', 'Try it', 'try/'],
] as const;

/** Relative, for the portal may be below any path: from a page to the portal's root. */
export function rootOf(path: string): string {
  return '../'.repeat(path.split('/').length - 1) || './';
}

/**
 * A whole page, with header, search, "Was this page helpful?" and footer.
 *
 * @param repository where its source can be edited; without one, the page has no link for that
 */
export function layout(page: Page, assets: Assets, repository: string | undefined): string {
  const root = rootOf(page.path);
  const markdown = page.path
    .split('/')
    .at(-1)
    ?.replace(/\.html$/, '.md');
  const editor = page.source && editAddress(page.source, repository);
  const tag = page.hasMain ? 'div' : 'main';
  return `<!doctype html>
<html lang="en" data-root="${root}" data-page="${page.path}" data-server="${EXAMPLE_SERVER}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#151719" media="(prefers-color-scheme: dark)">
<meta name="referrer" content="no-referrer">
<meta name="description" content="${escapeHtml(page.description)}">
<title>${escapeHtml(page.title)}${page.path === 'index.html' ? '' : ' · Grantkeeper'}</title>
<link rel="icon" href="${root}assets/icon.svg">
<link rel="alternate" type="text/markdown" href="${markdown}">
<link rel="alternate" type="application/atom+xml" title="Changes of the contracts" href="${root}changes.atom">
<link rel="stylesheet" href="${root}assets/${assets.styles}">
<script src="${root}assets/${assets.theme}"></script>
<script src="${root}assets/${assets.portal}" defer></script>
${page.head ?? ''}</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="frame">
<a class="brand" href="${root}index.html">Grantkeeper <span>Docs</span></a>
<nav class="links" aria-label="Portal">${MENU.map(([path, title, section]) => {
    const current = page.path.startsWith(section) ? ' aria-current="true"' : '';
    return `<a href="${root}${path}"${current}>${title}</a>`;
  }).join('')}</nav>
<button type="button" class="search-button" data-search><span>Search</span> <kbd>/</kbd></button>
<button type="button" class="theme" data-theme aria-pressed="false"><span aria-hidden="true"></span>Dark</button>
</header>
<${tag} id="content" tabindex="-1">
${page.content}
</${tag}>
<footer class="foot">
${feedbackForm()}
<p class="as-markdown"><button type="button" class="button" data-copy-markdown="${markdown}">Copy as Markdown</button> <a href="${markdown}">View as Markdown</a> <a href="${root}llms.txt">llms.txt</a> <a href="${root}changes.atom">Feed of changes</a>${editor ? ` <a href="${escapeHtml(editor)}">Edit this page</a>` : ''}</p>
</footer>
${searchDialog()}
</body>
</html>
`;
}

function feedbackForm(): string {
  return `<form class="feedback" data-feedback hidden>
<fieldset><legend>Was this page helpful?</legend>
<button type="button" class="button" value="yes" aria-pressed="false">Yes</button>
<button type="button" class="button" value="no" aria-pressed="false">No</button></fieldset>
<div class="comment" hidden><label for="feedback-comment">What could be better? Please no personal data. <small>Optional</small></label>
<textarea id="feedback-comment" rows="3" maxlength="1000"></textarea>
<button type="submit" class="button primary">Send</button></div>
<p role="status"></p>
</form>`;
}

function searchDialog(): string {
  return `<dialog class="search" aria-label="Search the documentation">
<input type="search" role="combobox" aria-label="Search" aria-expanded="false" aria-controls="search-results" aria-autocomplete="list" placeholder="Operations, schemas, guides" autocomplete="off" spellcheck="false">
<ul id="search-results" role="listbox" aria-label="Results"></ul>
<p class="fine" role="status"></p>
<p class="keys" aria-hidden="true"><kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open <kbd>Esc</kbd> close</p>
</dialog>`;
}
