import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Contract, ROOT } from '../contracts.ts';
import { contractMarkdown, schemasMarkdown } from '../reference/contract-markdown.ts';
import type { Redoc } from '../reference/redocly.ts';
import type { Guide } from './guides.ts';
import { landingContent, landingMarkdown } from './landing.ts';
import type { Page } from './layout.ts';
import { escapeHtml, renderMarkdown, repositoryPath } from './markdown.ts';

type Menu = [heading: string, guides: Guide[]][];

/** The first page. */
export function landingPage(contracts: Contract[], menu: Menu): Page {
  return {
    path: 'index.html',
    title: 'Grantkeeper: see what apps may do, and take it back',
    description: 'The API beside an OAuth authorization server that lets people see and revoke grants.',
    content: landingContent(contracts, menu),
    markdown: landingMarkdown(contracts, menu),
  };
}

/**
 * The page of a guide.
 *
 * @param files links of guides to files of the repository, by where the site has them
 */
export function guidePage(guide: Guide, menu: Menu, files: Map<string, string>): Page {
  const path = `guides/${guide.name}.html`;
  const link = linkFrom(guide, menu, files);
  const { html, headings } = renderMarkdown(guide.markdown, (href) => link(href, 'html'));
  const contents = headings.filter(({ depth }) => depth === 2);
  return {
    path,
    title: guide.title,
    description: guide.about,
    content: `<div class="guide">
<nav class="menu" aria-label="Guides">${menu.map(([heading, guides]) => menuPart(heading, guides, guide)).join('')}</nav>
<article class="prose" data-addresses>${html}</article>
<nav class="contents" aria-label="On this page">${contents.length > 1 ? `<p>On this page</p><ul>${contents.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join('')}</ul>` : ''}</nav>
</div>`,
    markdown: guide.markdown.replace(/!?\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, text, href) => {
      const address = link(href, 'md');
      if (address !== undefined) return `${whole.startsWith('!') ? '!' : ''}[${text}](${address})`;
      return whole.startsWith('!') ? '' : whole;
    }),
  };
}

function menuPart(heading: string, guides: Guide[], current: Guide): string {
  const lines = guides.map(({ name, title }) => {
    const mark = name === current.name ? ' aria-current="page"' : '';
    return `<li><a href="${name}.html"${mark}>${escapeHtml(title)}</a></li>`;
  });
  return `<p>${heading}</p><ul>${lines.join('')}</ul>`;
}

/** Gives links of a guide their addresses in the site; undefined where the site does not have what they lead to. */
function linkFrom(guide: Guide, menu: Menu, files: Map<string, string>) {
  const guides = new Map(menu.flatMap(([, list]) => list.map(({ source, name }) => [source, name])));
  return (href: string, extension: 'html' | 'md'): string | undefined => {
    const target = repositoryPath(guide.source, href);
    if (!target) return href;
    const name = guides.get(target.path);
    if (name) return `${name}.${extension}${target.hash}`;
    const contract = /^openapi\/(?:bundled\/)?([a-z-]+)\.(?:yaml|json)$/.exec(target.path)?.[1];
    if (contract) return `../reference/${contract}.${extension}${target.hash}`;
    const file = files.get(target.path);
    if (file?.endsWith('rows-to-grants.svg') && extension === 'html') {
      const drawing = readFileSync(join(ROOT, target.path), 'utf8').trim();
      return `<span class="diagram scroll" role="region" aria-label="Drawing" tabindex="0">${drawing}</span>`;
    }
    return file && posix.relative('guides', file);
  };
}

/** The reference of a document, as Redocly made it. */
export function referencePage(contract: Contract, contracts: Contract[], { head, body }: Redoc): Page {
  return {
    path: `reference/${contract.name}.html`,
    title: `${contract.title}: reference`,
    description: contract.summary,
    bare: true,
    hasMain: true,
    head,
    content: `${tabs(contracts, `reference/${contract.name}.html`, 'reference')}\n${body}`,
    markdown: contractMarkdown(contract),
  };
}

/** The schemas of a document: Redocly shows them only where an operation has them. */
export function schemasPage(contract: Contract, contracts: Contract[]): Page {
  const path = `reference/${contract.name}/schemas.html`;
  const markdown = schemasMarkdown(contract);
  const { html } = renderMarkdown(markdown, (href) => href);
  return {
    path,
    title: `${contract.title}: schemas`,
    description: `Every attribute of what ${contract.title} takes and answers.`,
    content: `${tabs(contracts, path, `reference/${contract.name}`)}\n<article class="prose alone">${html}</article>`,
    markdown,
  };
}

/** Links to the reference of each document, and to the schemas of the one that is shown. */
function tabs(contracts: Contract[], path: string, folder: string): string {
  const [, shown] = /^reference\/([a-z-]+)/.exec(path) ?? [];
  const pages = [
    ...contracts.map(({ name, title }) => [`reference/${name}.html`, title] as const),
    [`reference/${shown}/schemas.html`, 'Schemas'] as const,
  ];
  const links = pages.map(([address, title]) => {
    const mark = address === path ? ' aria-current="page"' : '';
    return `<a href="${posix.relative(folder, address)}"${mark}>${title}</a>`;
  });
  return `<nav class="links tabs" aria-label="Documents">${links.join('')}</nav>`;
}

/** The console in which requests can be tried. */
export function tryPage(contracts: Contract[], script: string): Page {
  const options = contracts.map(({ name, title }) => `<option value="${name}">${title}</option>`);
  return {
    path: 'try/index.html',
    title: 'Try it',
    description: 'A console that sends requests to this server.',
    head: `<link rel="stylesheet" href="swagger-ui.css">
<script src="swagger-ui-bundle.js" defer></script>
${contracts.map(({ name }) => `<script src="${name}.js" defer></script>`).join('\n')}
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
</section>
<div id="console"></div>
<noscript><p>The console needs JavaScript.</p></noscript>
</div>`,
    markdown: `# Try it

A console in the browser that sends requests to the server it comes from. Programs call the API itself:

${contracts.map(({ name, title }) => `- [${title}](../reference/${name}.md)`).join('\n')}
`,
  };
}
