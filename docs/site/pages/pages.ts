import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Documentation } from '../library/documentation.ts';
import type { ApiDocument } from '../library/documents.ts';
import { markdownOf } from '../library/entries.ts';
import { addressInSite, type Guide, repositoryPath } from '../library/guides.ts';
import type { Redoc } from '../reference/redocly.ts';
import { ROOT } from '../root.ts';
import { landingContent, landingMarkdown } from './landing.ts';
import type { Page } from './layout.ts';
import { escapeHtml, onThisPage, renderMarkdown, scrolling } from './markdown.ts';

/** The first page. */
export function landingPage({ documents, guides }: Documentation): Page {
  return {
    path: 'index.html',
    title: 'Grantkeeper: see what apps may do, and take it back',
    description: 'The API beside an OAuth authorization server that lets people see and revoke grants.',
    content: landingContent(documents, guides),
    markdown: landingMarkdown(documents, guides),
  };
}

/** What a server shows where it has no page. */
export function notFoundPage(): Page {
  const content = `<article class="prose alone"><h1>There is no such page</h1>
<p>It may have moved. Search finds operations, schemas and guides: press <kbd>/</kbd>, or begin at the <a href="./index.html">first page</a>.</p></article>`;
  return {
    path: '404.html',
    title: 'No such page',
    description: 'There is no page at this address.',
    content,
    markdown: '# There is no such page\n\nBegin at the [first page](index.md).\n',
  };
}

/** The page of a guide. */
export function guidePage(guide: Guide, { guides }: Documentation): Page {
  const path = `guides/${guide.name}.html`;
  const { html, headings } = renderMarkdown(guide.markdown, (href) => linkOf(guide, href));
  return {
    path,
    title: guide.title,
    description: guide.about,
    content: `<div class="guide">
<nav class="menu" aria-label="Guides">${guides.map(([heading, list]) => menuPart(heading, list, guide)).join('')}</nav>
<article class="prose" data-addresses>${html}</article>
${onThisPage(headings)}
</div>`,
  };
}

/** Where a link of a guide leads; for the drawing of how rows become grants the drawing itself. */
function linkOf(guide: Guide, href: string): string | undefined {
  const { path = '' } = repositoryPath(guide, href) ?? {};
  if (!path.endsWith('rows-to-grants.svg')) return addressInSite(guide, href, 'html');
  const drawing = readFileSync(join(ROOT, path), 'utf8').trim();
  return scrolling('How rows become grants', drawing);
}

function menuPart(heading: string, guides: Guide[], current: Guide): string {
  const lines = guides.map(({ name, title }) => {
    const mark = name === current.name ? ' aria-current="page"' : '';
    return `<li><a href="${name}.html"${mark}>${escapeHtml(title)}</a></li>`;
  });
  return `<p>${heading}</p><ul>${lines.join('')}</ul>`;
}

/** The reference of a document, as Redocly made it. */
export function referencePage(document: ApiDocument, { documents }: Documentation, redoc: Redoc): Page {
  return {
    path: `reference/${document.name}.html`,
    title: `${document.title}: reference`,
    description: document.summary,
    bare: true,
    hasMain: true,
    head: redoc.head,
    content: `${tabs(documents, `reference/${document.name}.html`, 'reference')}\n${redoc.body}`,
  };
}

/** The schemas of a document: Redocly shows them only where an operation has them. */
export function schemasPage(document: ApiDocument, documentation: Documentation): Page {
  const path = `reference/${document.name}/schemas.html`;
  const { html } = renderMarkdown(
    markdownOf(documentation, `reference/${document.name}/schemas`),
    (href) => href,
  );
  return {
    path,
    title: `${document.title}: schemas`,
    description: `Every attribute of what ${document.title} takes and answers.`,
    content: `${tabs(documentation.documents, path, `reference/${document.name}`)}\n<article class="prose alone">${html}</article>`,
  };
}

/** Links to the reference of each document, and to the schemas of the one that is shown. */
function tabs(documents: ApiDocument[], path: string, folder: string): string {
  const [, shown] = /^reference\/([a-z-]+)/.exec(path) ?? [];
  const pages = [
    ...documents.map(({ name, title }) => [`reference/${name}.html`, title] as const),
    [`reference/${shown}/schemas.html`, 'Schemas'] as const,
  ];
  const links = pages.map(([address, title]) => {
    const mark = address === path ? ' aria-current="page"' : '';
    return `<a href="${posix.relative(folder, address)}"${mark}>${title}</a>`;
  });
  // Redocly draws a title of its own only where a page is read from its beginning.
  const title = path.endsWith('schemas.html')
    ? ''
    : `<h1 class="unseen">${documents.find(({ name }) => name === shown)?.title}</h1>`;
  return `<nav class="links tabs" aria-label="Documents">${title}${links.join('')}</nav>`;
}

/** The console in which requests can be tried. */
export function tryPage({ documents }: Documentation, script: string): Page {
  const options = documents.map(({ name, title }) => `<option value="${name}">${title}</option>`);
  return {
    path: 'try/index.html',
    title: 'Try it',
    description: 'A console that sends requests to this server.',
    head: `<link rel="stylesheet" href="swagger-ui.css">
<script src="swagger-ui-bundle.js" defer></script>
${documents.map(({ name }) => `<script src="${name}.js" defer></script>`).join('\n')}
<script src="../assets/${script}" defer></script>
`,
    hasMain: true,
    content: `<div class="try">
<section aria-label="What to try">
<h1>Try it</h1>
<p class="lead">Requests go from your browser to this server and nowhere else. What you revoke here is revoked. <a href="../guides/tokens.html">Which token a document needs</a>.</p>
<form class="setup">
<label>Document <select id="document">${options.join('')}</select></label>
<label hidden>As <select id="person"><option value="">Choose a person of the demo</option></select></label>
<label class="token">Access token <input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="Paste what npm run --silent token prints"></label>
<p id="token-status" role="status"></p>
</form>
<h2 class="unseen">Operations</h2>
</section>
<div id="console"></div>
<noscript><p>The console needs JavaScript.</p></noscript>
</div>`,
    markdown: `# Try it

A console in the browser that sends requests to the server it comes from. Programs call the API itself:

${documents.map(({ name, title }) => `- [${title}](../reference/${name}.md)`).join('\n')}
`,
  };
}
