import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Documentation } from '../library/documentation.ts';
import { addressInSite, type Guide, repositoryPath } from '../library/guides.ts';
import { ROOT } from '../root.ts';
import { landingContent, landingMarkdown } from './landing.ts';
import type { Page } from './layout.ts';
import { escapeHtml, renderMarkdown } from './markdown.ts';
import { type MenuPart, withMenu } from './menu.ts';

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

/** The pages of the guides. */
export function guidePages({ guides }: Documentation): Page[] {
  const address = ({ name }: Guide) => `guides/${name}.html`;
  const menu = guides.map(
    ([heading, list]): MenuPart => [heading, list.map((guide) => [address(guide), escapeHtml(guide.title)])],
  );
  return guides.flatMap(([, list]) =>
    list.map((guide) => {
      const { html, headings } = renderMarkdown(guide.markdown, (href) => linkOf(guide, href));
      const path = address(guide);
      const content = withMenu(path, 'Guides', menu, html, headings);
      return { path, title: guide.title, description: guide.about, content, source: guide.source };
    }),
  );
}

/** Where a link of a guide leads; for the drawing of how rows become grants the drawing itself. */
function linkOf(guide: Guide, href: string): string | undefined {
  const { path = '' } = repositoryPath(guide, href) ?? {};
  if (!path.endsWith('rows-to-grants.svg')) return addressInSite(guide, href, 'html');
  return readFileSync(join(ROOT, path), 'utf8').trim();
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
<script src="../assets/${script}" defer></script>
`,
    hasMain: true,
    content: `<div class="try">
<section aria-label="What to try">
<h1>Try it</h1>
<p class="lead">Requests go from your browser to this server and nowhere else. What you revoke here is revoked. <a href="../guides/tokens.html">Which token an API needs</a>.</p>
<form class="setup">
<label>API <select id="document">${options.join('')}</select></label>
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
