import { referenceAddress, tryAddress } from '../library/addresses.ts';
import type { Documentation } from '../library/documentation.ts';
import type { ApiDocument, Operation } from '../library/documents.ts';
import { markdownOf } from '../library/entries.ts';
import { samplesOf } from '../library/samples.ts';
import type { Page } from './layout.ts';
import { codeBlock, escapeHtml, renderMarkdown } from './markdown.ts';
import { type MenuPart, withMenu } from './menu.ts';

/** The pages of the contracts: each document, its operations and its schemas, beside a menu of them all. */
export function referencePages(documentation: Documentation): Page[] {
  const { documents } = documentation;
  const menu = documents.map(menuPart);
  const page = (path: string, title: string, description: string, operation?: Operation): Page => {
    const [, document] = path.split('/');
    const toPage = (href: string) => href.replace(/\.md$/, '.html');
    const [markdown = '', hasSamples] = markdownOf(documentation, path).split(/^(?=## Samples$)/m);
    const { html, headings } = renderMarkdown(markdown, toPage, { isFolding: true });
    if (hasSamples) headings.push({ depth: 2, text: 'Samples', id: 'samples' });
    const article = operation
      ? html.replace('</p>', () => `</p>\n${linksOf(operation)}`) +
        samplesOn(operation) +
        neighbours(operation, documentation)
      : html;
    const address = `${path}.html`;
    return {
      path: address,
      title,
      description,
      content: withMenu(address, 'Operations', menu, article, headings),
      source: `openapi/${document}.yaml`,
    };
  };
  return documents.flatMap(({ name, title, summary, operations }) => [
    page(`reference/${name}`, title, summary),
    ...operations.map((one) => {
      const about = one.description.split('\n\n')[0]?.replaceAll('\n', ' ') ?? one.summary;
      return page(`reference/${name}/${one.operationId}`, one.summary, about, one);
    }),
    page(
      `reference/${name}/schemas`,
      `${title}: schemas`,
      `Every attribute of what ${title} takes and answers.`,
    ),
  ]);
}

function menuPart({ name, title, operations }: ApiDocument): MenuPart {
  const lines = operations.map((one): [string, string] => [
    referenceAddress(one),
    `<span class="method ${one.method.toLowerCase()}">${one.method}</span> ${escapeHtml(one.summary)}`,
  ]);
  return [
    title,
    [[`reference/${name}.html`, 'Overview'], ...lines, [`reference/${name}/schemas.html`, 'Schemas']],
  ];
}

/** Below the operation's method and path: where it can be tried, and its document in other forms. */
function linksOf(operation: Operation): string {
  const { document } = operation;
  const file = (extension: string, title: string) =>
    `<a href="../../openapi/${document}.${extension}" download>${title}</a>`;
  return `<p><a href="../../${tryAddress(operation)}">Try it</a> · <a href="../../redoc/${document}.html">All of it on one page (Redoc)</a> · OpenAPI: ${file('json', 'JSON')}, ${file('yaml', 'YAML')} · ${file('postman.json', 'Postman collection')}</p>`;
}

/** The samples of an operation. Its script lets one choose the language; without it, curl and the SDK are shown. */
function samplesOn(operation: Operation): string {
  const samples = samplesOf(operation).map(({ title, curl, typescript, others }) => {
    const blocks = [
      { label: 'curl', language: 'sh', code: curl },
      { label: 'TypeScript (SDK)', language: 'ts', code: typescript },
      ...others,
    ].map(
      ({ label, language, code }, at) =>
        `<div data-sample="${label}"${at > 1 ? ' hidden' : ''}>${codeBlock(code, language)}</div>`,
    );
    return `${title && `<h3>${escapeHtml(title)}</h3>`}${blocks.join('')}`;
  });
  return `<section class="samples" aria-labelledby="samples"><h2 id="samples">Samples</h2>
<label hidden>Language <select></select></label>${samples.join('')}</section>`;
}

/** Links to the operations before and after it, as documents have them. */
function neighbours(operation: Operation, { operations }: Documentation): string {
  const place = operations.indexOf(operation);
  const link = (one: Operation | undefined, rel: string, title: string) =>
    one
      ? `<a rel="${rel}" href="../../${referenceAddress(one)}"><small>${title}</small> ${escapeHtml(one.summary)}</a>`
      : '';
  return `<nav class="neighbours" aria-label="Previous and next operation">${link(operations[place - 1], 'prev', 'Previous')}${link(operations[place + 1], 'next', 'Next')}</nav>`;
}
