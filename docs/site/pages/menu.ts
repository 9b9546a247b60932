import { posix } from 'node:path';
import { escapeHtml, type Heading } from './markdown.ts';

/** Pages under a heading: the address of each from the portal's root, and what its link says in HTML. */
export type MenuPart = [heading: string, links: [address: string, html: string][]];

/**
 * An article with a menu of all pages of its kind before it, and links to its main headings after it.
 *
 * @param path of the page
 * @param label what the menu is of
 */
export function withMenu(
  path: string,
  label: string,
  menu: MenuPart[],
  article: string,
  headings: Heading[],
): string {
  const parts = menu.map(([heading, links]) => {
    const lines = links.map(([address, html]) => {
      const mark = address === path ? ' aria-current="page"' : '';
      return `<li><a href="${posix.relative(posix.dirname(path), address)}"${mark}>${html}</a></li>`;
    });
    return `<p>${escapeHtml(heading)}</p><ul>${lines.join('')}</ul>`;
  });
  return `<div class="guide">
<nav class="menu" aria-label="${label}">
<button type="button" class="button" aria-expanded="false" aria-controls="menu">${label}</button>
<div id="menu">${parts.join('')}</div></nav>
<article class="prose" data-addresses>${article}</article>
${onThisPage(headings)}
</div>`;
}

/** Links to the main headings of a page, if there is more than one. */
function onThisPage(headings: Heading[]): string {
  const main = headings.filter(({ depth }) => depth === 2);
  const links = main.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
  const list = links.length > 1 ? `<p>On this page</p><ul>${links.join('')}</ul>` : '';
  return `<nav class="contents" aria-label="On this page">${list}</nav>`;
}
