import GithubSlugger from 'github-slugger';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import csharp from 'highlight.js/lib/languages/csharp';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import typescript from 'highlight.js/lib/languages/typescript';
import { Marked, type Token, type Tokens } from 'marked';

const LANGUAGES = { sh: bash, js: javascript, json, ts: typescript, csharp, go, java, php, python, ruby };
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language);

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
 * @param options.isFolding lists inside lists, and the parts of the section "Errors", unfold where one asks for them
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
        const text = this.parser.parseInline(tokens, this.parser.textRenderer);
        const id = slugger.slug(text);
        headings.push({ depth, text, id });
        if (depth === 1) return `<h1 id="${id}">${html}</h1>\n`;
        return `<h${depth} id="${id}">${html} <a class="anchor" href="#${id}" aria-label="Link to ${escapeHtml(text)}">#</a></h${depth}>\n`;
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
        if (address === undefined) return '';
        // A drawing takes the page's colours where it is part of the page. Wide ones scroll, by the keyboard too.
        const drawing = address.startsWith('<')
          ? address
          : `<img src="${escapeHtml(address)}" alt="${escapeHtml(text)}">`;
        return `<span class="diagram scroll" role="region" aria-label="${escapeHtml(text)}" tabindex="0">${drawing}</span>`;
      },
      table(token: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], tag: string) =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
        const rows = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        return `<div class="scroll" tabindex="0" role="region" aria-label="Table ${++tables}"><table><thead><tr>${cells(token.header, 'th')}</tr></thead><tbody>${rows}</tbody></table></div>\n`;
      },
    },
  });
  const tokens = marked.lexer(source);
  const html = (isFolding ? withErrorsApart(tokens) : [tokens]).map((group) => {
    const [heading, first] = group.filter(({ type }) => type !== 'space');
    if (!isFolding || group.length === 1 || heading?.type !== 'heading' || heading.depth < 3)
      return marked.parser(group);
    const about = first?.type === 'paragraph' ? first : undefined;
    const meaning = about ? `: ${marked.parseInline(about.raw, { async: false })}` : '';
    const rest = marked.parser(group.filter((token) => token !== heading && token !== about));
    return `<details class="error" id="${heading.text}"><summary><strong>${heading.text}</strong>${meaning}</summary>${rest}</details>\n`;
  });
  return { html: html.join('').replaceAll('<th></th>', '<td></td>'), headings };
}

/** Each error of the section "Errors" with all that is told of it; every other token on its own. */
function withErrorsApart(tokens: Token[]): Token[][] {
  let isErrors = false;
  const groups: Token[][] = [];
  for (const token of tokens) {
    if (token.type === 'heading' && token.depth < 3) isErrors = token.text === 'Errors';
    if (isErrors && token.type !== 'heading') groups.at(-1)?.push(token);
    else groups.push([token]);
  }
  return groups;
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
