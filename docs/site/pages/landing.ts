import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';
import type { components } from '../../../server/src/generated/oauth-grants.ts';
import { referenceAddress } from '../library/addresses.ts';
import type { ApiDocument } from '../library/documents.ts';
import type { Guide, GuideMenu } from '../library/guides.ts';
import { codeBlock, escapeHtml } from './markdown.ts';

/** Where the MCP server is; pages that come from a server put its own address there. */
const MCP_JSON = JSON.stringify(
  { mcpServers: { grantkeeper: { type: 'http', url: `${EXAMPLE_SERVER}/mcp` } } },
  null,
  2,
);

const PROBLEM =
  'People connect apps and forget them. The refresh tokens go on working, and an authorization server has no list of who allowed what, nor a way to end it for good. Grantkeeper is the API beside it that has both.';

const DEMO: [about: string, command: string][] = [
  [
    `Start it. A MongoDB with a demo platform comes along; there is nothing else to install. Then connect an app at ${EXAMPLE_SERVER}/demo-app/, revoke it at ${EXAMPLE_SERVER}/app/, and see it refused.`,
    'npm install && npm start',
  ],
  [
    'Or by the API. Get a token: here that of an account admin.',
    'TOKEN=$(npm run --silent token -- --user 67e000dd2125fc47eb9ed815 \\\n  --account 652feb8b38902b2e2245a2fb --permission account:admin)',
  ],
  [
    'See who allowed what.',
    `curl "${EXAMPLE_SERVER}/api/v1/oauth-grants?limit=3" \\\n  -H "Authorization: Bearer $TOKEN"`,
  ],
];

/** The first page: the problem, the demo, the APIs, the guides, and how an AI tool reads all of it. */
export function landingContent(documents: ApiDocument[], guides: GuideMenu): string {
  return `<div class="landing">
<section class="hero"><div>
<h1>See what apps may do. <br>Take it back.</h1>
<p class="lead">${PROBLEM}</p>
<button type="button" class="search-large" data-search><span>Search operations, schemas, guides</span> <kbd>/</kbd></button>
<p class="hero-links"><a href="#demo">See the demo</a> <a href="try/index.html">Try it in the browser</a> <a href="#ai">Give it to your AI tool</a></p>
</div>${specimen(documents)}</section>
<section aria-labelledby="demo" class="beside" data-addresses><div><h2 id="demo">The demo, in two minutes</h2>
<p class="about">Node.js 20.19 or newer is all you need. <a href="guides/quickstart.html">The quickstart</a> goes on to revoke a grant.</p></div>
<ol class="steps">${DEMO.map(([about, command]) => `<li><p>${about}</p>${codeBlock(command, 'sh')}</li>`).join('')}</ol></section>
<section aria-labelledby="apis"><h2 id="apis">Four APIs, one server</h2>
<p class="about">Choose by who calls.</p>
<div class="documents">${documents.map(documentRow).join('')}</div></section>
<section aria-labelledby="guides" class="beside"><h2 id="guides">Guides</h2>
<div class="guides">${guides.map(([heading, list]) => `<div><h3>${heading}</h3><ul>${list.map(guideLine).join('')}</ul></div>`).join('')}</div></section>
<section aria-labelledby="ai" class="beside" data-addresses><div><h2 id="ai">Add MCP server to your AI tool</h2>
<p class="about">It reads these pages as tools: search, operations with their schemas, errors and samples. It needs no token and touches no data.</p></div>
<div class="tools">${codeBlock(MCP_JSON, 'json')}
<p class="about"><a href="guides/ai-tools.html">Settings for common tools</a>. Without MCP: <a href="llms.txt">llms.txt</a> lists every page as Markdown, <a href="llms-full.txt">llms-full.txt</a> is all of them in one file.</p></div></section>
</div>`;
}

// Linting holds every example to its schema.
type Schemas = components['schemas'];

/** The grant of the document's own example, as a person might see it, and what revoking it answers. */
function specimen(documents: ApiDocument[]): string {
  const grant = exampleAnswer(documents, 'getOAuthGrant') as Schemas['OAuthGrant'];
  const answer = exampleAnswer(documents, 'revokeOAuthGrant') as Schemas['OAuthGrantRevokeResponse'];
  const day = (date = '') =>
    new Date(date).toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
  const scopes = grant.scope.map((scope) => scope.replace(/:[0-9a-f]{24}$/, ':…'));
  return `<figure class="specimen">
<figcaption>A grant, and how it ends</figcaption>
<p class="app">${escapeHtml(grant.client_name ?? '')} <span class="status">${grant.status}</span></p>
<p>for ${escapeHtml(grant.user_name ?? '')} may use ${scopes.map((scope) => `<code>${escapeHtml(scope)}</code>`).join(' ')}</p>
<dl><dt>Granted</dt><dd>${day(grant.granted_at)}</dd><dt>Last used</dt><dd>${day(grant.last_used_at)}</dd><dt>Tokens</dt><dd>${grant.token_count}</dd></dl>
<dl class="exchange"><dt class="method delete">DELETE</dt><dd><code>/api/v1/oauth-grants/${grant.grant_id?.slice(0, 8)}…</code></dd>
<dt class="method get">200</dt>${Object.entries(answer)
    .map(([name, count]) => `<dd><code>${name}: ${count}</code></dd>`)
    .join('')}</dl>
<p class="after"><span class="status revoked">revoked</span> The app is refused at its next refresh.</p>
</figure>`;
}

/** The first example of what an operation answers where all is well. */
function exampleAnswer(documents: ApiDocument[], id: string): unknown {
  const operation = documents.flatMap(({ operations }) => operations).find((one) => one.operationId === id);
  const answer = operation?.responses['200'];
  const [content] = Object.values(answer?.content ?? {});
  const [example] = Object.values(content?.examples ?? {});
  if (!example) throw new Error(`${id} has no example of its answer`);
  return example.value;
}

function documentRow({ name, title, summary, callers, operations }: ApiDocument): string {
  const lines = operations.map(
    (operation) =>
      `<li><a href="${referenceAddress(operation)}"><span class="method ${operation.method.toLowerCase()}">${operation.method}</span> <code>${breakable(operation.path)}</code><span class="summary">${escapeHtml(operation.summary)}</span></a></li>`,
  );
  return `<article class="beside"><div><h3><a href="reference/${name}.html">${title}</a></h3>
<p class="callers">For ${callers}</p><p>${escapeHtml(summary)}.</p></div><ul>${lines.join('')}</ul></article>`;
}

/** A path that breaks where one would break it by hand. */
function breakable(path: string): string {
  return escapeHtml(path).replaceAll('/', '<wbr>/');
}

function guideLine({ name, title, about }: Guide): string {
  return `<li><a href="guides/${name}.html">${escapeHtml(title)}</a><p>${escapeHtml(about)}</p></li>`;
}

/** The first page as Markdown. */
export function landingMarkdown(documents: ApiDocument[], guides: GuideMenu): string {
  return `${[
    '# Grantkeeper',
    PROBLEM,
    '## APIs',
    documents
      .map(
        ({ name, title, summary, callers }) =>
          `- [${title}](reference/${name}.md): ${summary}. For ${callers}.`,
      )
      .join('\n'),
    '## The demo',
    ...DEMO.map(([about, command], index) => {
      // Starting a server is for hands: `npm run docs:check` has one already.
      return `${about}\n\n\`\`\`sh${index === 0 ? ' by-hand' : ''}\n${command}\n\`\`\``;
    }),
    '## Guides',
    guides
      .flatMap(([, list]) =>
        list.map(({ name, title, about }) => `- [${title}](guides/${name}.md): ${about}`),
      )
      .join('\n'),
    '## Add MCP server to your AI tool',
    `\`\`\`json\n${MCP_JSON}\n\`\`\``,
  ].join('\n\n')}\n`;
}
