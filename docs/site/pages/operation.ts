import { tryAddress } from '../library/addresses.ts';
import type { Documentation } from '../library/documentation.ts';
import type { ApiDocument, Operation } from '../library/documents.ts';
import { markdownOf } from '../library/entries.ts';
import type { Page } from './layout.ts';
import { escapeHtml, onThisPage, plain, renderMarkdown } from './markdown.ts';

/** The page of an operation, beside a menu of all of them. */
export function operationPage(operation: Operation, documentation: Documentation): Page {
  const { document, operationId, summary, description } = operation;
  const path = `reference/${document}/${operationId}`;
  const { html, headings } = renderMarkdown(markdownOf(documentation, path), (href) => href, {
    isFolding: true,
  });
  const menu = documentation.documents.map((one) => menuPart(one, operation));
  return {
    path: `${path}.html`,
    title: summary,
    description: description.split('\n\n')[0]?.replaceAll('\n', ' ') ?? summary,
    content: `<div class="guide">
<nav class="menu operations" aria-label="Operations">${menu.join('')}</nav>
<article class="prose operation" data-addresses>${withUnfoldingErrors(withLinks(html, operation))}${neighbours(operation, documentation)}</article>
${onThisPage(headings)}
</div>`,
  };
}

function menuPart({ name, title, operations }: ApiDocument, current: Operation): string {
  const lines = operations.map(({ operationId, method, summary }) => {
    const mark = operationId === current.operationId ? ' aria-current="page"' : '';
    return `<li><a href="../${name}/${operationId}.html"${mark}><span class="method ${method.toLowerCase()}">${method}</span> ${escapeHtml(summary)}</a></li>`;
  });
  const schemas = `<li><a href="../${name}/schemas.html">Schemas</a></li>`;
  return `<p>${escapeHtml(title)}</p><ul>${lines.join('')}${schemas}</ul>`;
}

/** Below the operation's method and path: where it can be tried, and its document in other forms. */
function withLinks(html: string, operation: Operation): string {
  const { document } = operation;
  const links = `<p><a href="../../${tryAddress(operation)}">Try it</a> · <a href="../${document}.html">The whole document on one page</a> · OpenAPI: <a href="../../openapi/${document}.json" download>JSON</a>, <a href="../../openapi/${document}.yaml" download>YAML</a></p>`;
  return html.replace('</p>', () => `</p>\n${links}`);
}

/** Each error unfolds where its status and its meaning are. */
function withUnfoldingErrors(html: string): string {
  return html
    .split(/(?=<h2 )/)
    .map((section) => (section.startsWith('<h2 id="errors"') ? withDetails(section) : section))
    .join('');
}

/** The heading of an error, what it means, and the rest. */
const ERROR = /^<h3 id="([^"]*)">(.*?) <a .*?<\/h3>\s*(?:<p>(.*?)<\/p>)?(.*)$/s;

function withDetails(section: string): string {
  const [intro = '', ...errors] = section.split(/(?=<h3 )/);
  return (
    intro +
    errors
      .map((error) => {
        const parts = ERROR.exec(error);
        if (!parts) throw new Error(`an error cannot be folded: ${error.slice(0, 200)}`);
        const [, id = '', status = '', first = '', rest = ''] = parts;
        const about = first && `: ${plain(first)}`;
        return `<details class="error" id="${id}"><summary><strong>${status}</strong>${escapeHtml(about)}</summary>${rest}</details>\n`;
      })
      .join('')
  );
}

/** Links to the operations before and after it, as documents have them. */
function neighbours(operation: Operation, { operations }: Documentation): string {
  const place = operations.findIndex(({ operationId }) => operationId === operation.operationId);
  const link = (one: Operation | undefined, rel: string, title: string) =>
    one
      ? `<a rel="${rel}" href="../${one.document}/${one.operationId}.html"><small>${title}</small> ${escapeHtml(one.summary)}</a>`
      : '';
  return `<nav class="neighbours" aria-label="Previous and next operation">${link(operations[place - 1], 'prev', 'Previous')}${link(operations[place + 1], 'next', 'Next')}</nav>`;
}
