import GithubSlugger from 'github-slugger';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked, type Tokens } from 'marked';

hljs.registerLanguage('sh', bash);
hljs.registerLanguage('js', javascript);
hljs.registerLanguage('json', json);
hljs.registerLanguage('ts', typescript);

/** A heading of a page, with the anchor that leads to it. */
export interface Heading {
  depth: number;
  text: string;
  id: string;
}

export interface Rendered {
  html: string;
  headings: Heading[];
}

/**
 * Renders Markdown.
 *
 * @param link gives each link and image its address on the page, or a drawing itself; undefined: there is no such image
 * @param options.isFolding lists inside lists unfold where one asks for them
 */
export function renderMarkdown(
  source: string,
  link: (href: string) => string | undefined,
  { isFolding = false } = {},
): Rendered {
  const headings: Heading[] = [];
  const slugger = new GithubSlugger();
  let tables = 0;
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const text = plain(html);
        const heading = { depth, text, id: slugger.slug(text) };
        headings.push(heading);
        if (depth === 1) return `<h1 id="${heading.id}">${html}</h1>\n`;
        const label = `Link to ${text.replaceAll('"', '&quot;')}`;
        return `<h${depth} id="${heading.id}">${html} <a class="anchor" href="#${heading.id}" aria-label="${label}">#</a></h${depth}>\n`;
      },
      code({ text, lang }: Tokens.Code) {
        // What follows the language says how `npm run docs:check` runs it.
        return codeBlock(text, lang?.split(' ')[0] ?? '');
      },
      listitem({ tokens }: Tokens.ListItem) {
        const inside = tokens.map((token) => {
          const html = this.parser.parse([token]);
          const isFolded = isFolding && token.type === 'list';
          return isFolded ? `<details><summary>Attributes</summary>${html}</details>` : html;
        });
        return `<li>${inside.join('')}</li>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        return `<a href="${escapeHtml(link(href) ?? href)}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        const address = link(href);
        // A drawing takes the page's colours where it is part of the page.
        if (address?.startsWith('<')) return address;
        if (address === undefined) return '';
        return scrolling(text, `<img src="${escapeHtml(address)}" alt="${escapeHtml(text)}">`);
      },
      table(token: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], tag: string) =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        // Wide tables scroll on their own, by the keyboard too.
        return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${++tables}"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table></div>\n`;
      },
    },
  });
  const html = marked.parse(source, { async: false }).replaceAll('<th></th>', '<td></td>');
  return { html, headings };
}

/** Links to the main headings of a page, if there is more than one. */
export function onThisPage(headings: Heading[]): string {
  const main = headings.filter(({ depth }) => depth === 2);
  const links = main.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
  const list = links.length > 1 ? `<p>On this page</p><ul>${links.join('')}</ul>` : '';
  return `<nav class="contents" aria-label="On this page">${list}</nav>`;
}

/** A drawing that scrolls on its own where the page is narrow, by the keyboard too. */
export function scrolling(label: string, drawing: string): string {
  return `<span class="diagram scroll" role="region" aria-label="${escapeHtml(label)}" tabindex="0">${drawing}</span>`;
}

/** A block of code, highlighted, with a button that copies it. */
export function codeBlock(code: string, language: string): string {
  const known = hljs.getLanguage(language) !== undefined;
  const html = known ? hljs.highlight(code, { language }).value : escapeHtml(code);
  return `<div class="code"><pre tabindex="0"><code>${html}</code></pre><button type="button" class="copy" data-copy>Copy</button></div>\n`;
}

/** A text that is no markup. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** The text of a piece of HTML. */
export function plain(html: string): string {
  return html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll(/&#(?:39|x27);/g, "'")
    .replaceAll('&amp;', '&');
}
