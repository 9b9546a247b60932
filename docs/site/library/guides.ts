import { readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';

/** A guide: a Markdown file that becomes a page in `guides/` of the documentation's site. */
export interface Guide {
  name: string;
  /** Relative to the repository's root. */
  source: string;
  title: string;
  /** What it is about, in one sentence. */
  about: string;
  /** As in the repository. */
  markdown: string;
}

/** The guides in reading order, under headings. */
export type GuideMenu = [heading: string, guides: Guide[]][];

const ROOT = new URL('../../../', import.meta.url);
const MENU: [heading: string, guides: [source: string, about: string][]][] = [
  [
    'Start',
    [
      ['docs/guides/quickstart.md', 'A server with a demo platform, a token, a list, a revocation.'],
      ['docs/guides/rows-to-grants.md', 'How refresh tokens and consents become grants.'],
      ['docs/guides/tokens.md', 'What an access token claims, and what it lets its bearer see.'],
    ],
  ],
  [
    'Use',
    [
      ['docs/guides/revoking.md', 'One grant or thousands: what is safe to repeat, and what was counted.'],
      ['docs/guides/audit.md', 'Who took away what, when and why; the history of a grant; export.'],
      ['docs/guides/webhooks.md', 'Signed messages about every change: receive, verify, retry, replay.'],
      ['docs/guides/errors.md', 'The three shapes of errors, and what to decide by.'],
      ['docs/guides/paging.md', 'By offset and by cursor, and why the total is exact.'],
      ['sdk/README.md', 'The client for TypeScript and JavaScript: typed, small, ready for bad days.'],
      ['sdk/api.md', 'Every call, function, class and type of the SDK.'],
      ['sdk/contract-tests/README.md', 'Does a server do what the documents say? A command that finds out.'],
      ['docs/guides/ai-tools.md', 'This documentation over MCP, and as Markdown.'],
      ['CHANGELOG.md', 'What changed in the API, the server and the contracts.'],
      ['sdk/CHANGELOG.md', 'What changed in the SDK.'],
    ],
  ],
  [
    'Run',
    [
      ['docs/guides/production.md', 'Variables, start, stop, health, upkeep.'],
      ['docs/guides/monitoring.md', 'Metrics for Prometheus, a Grafana dashboard, alert rules.'],
      ['docs/guides/containers.md', 'The image, Docker Compose, Kubernetes; what of it was run.'],
      ['docs/guides/starting.md', 'What a start that fails says, and what to do.'],
      ['docs/guides/doctor.md', 'One command that checks a deployment; what it finds, and what to do.'],
      ['docs/guides/incident.md', 'An app is compromised: cut it off everywhere in five minutes.'],
      ['docs/guides/backup.md', 'What to back up, how to restore, and why to revoke again; a rehearsal.'],
      ['docs/guides/upgrading.md', 'Grantkeeper, MongoDB and Node.js, without a pause.'],
      ['docs/guides/security.md', 'What is trusted, what is checked, what is never said.'],
      ['docs/guides/store.md', 'What an authorization server writes, and what it keeps to.'],
      ['server/oidc-provider/README.md', 'An oidc-provider on the store: what is revoked is dead.'],
      ['docs/guides/read-model.md', 'How lists stay fast and true.'],
      ['docs/guides/performance.md', 'What lists and revocations cost, measured.'],
      ['docs/guides/scaling-out.md', 'Many servers, a replica set, a sharded cluster.'],
    ],
  ],
];

/** Files that guides link to: where they are in the repository, and where on the site. */
export const GUIDE_FILES = new Map([
  ['sdk/LICENSE', 'guides/LICENSE'],
  ['docs/guides/rows-to-grants.svg', 'guides/rows-to-grants.svg'],
  ['server/src/database/sharding.mongosh.js', 'guides/sharding.mongosh.js'],
  ['scripts/bench/results/chart.svg', 'guides/performance/chart.svg'],
  ['scripts/bench/results/results.json', 'guides/performance/results.json'],
]);

/** Reads the guides. */
export function readGuides(): GuideMenu {
  return MENU.map(([heading, guides]) => [
    heading,
    guides.map(([source, about]) => {
      const markdown = readFileSync(new URL(source, ROOT), 'utf8');
      const [, title = ''] = /^# (.+)$/m.exec(markdown) ?? [];
      return { name: nameOf(source), source, title, about, markdown };
    }),
  ]);
}

/** `docs/guides/errors.md` is `errors`, `sdk/README.md` is `sdk`, `sdk/CHANGELOG.md` is `sdk-changelog`; folders of ours are left out. */
function nameOf(source: string): string {
  const path = source.replace(/^(?:docs\/guides|server)\/|\.md$/g, '');
  return path
    .replace(/\/README$/, '')
    .replaceAll('/', '-')
    .toLowerCase();
}

/** A guide's Markdown as on the site: links lead within the site, and markers for checks are removed. */
export function publishedMarkdown(guide: Guide): string {
  return withoutMarks(guide.markdown).replace(/!?\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, text, href) => {
    const address = addressInSite(guide, href, 'md');
    if (address !== undefined) return `${whole.startsWith('!') ? '!' : ''}[${text}](${address})`;
    return whole.startsWith('!') ? '' : whole;
  });
}

/** Removes what follows a block's language: it tells `npm run docs:check` how to run the block. */
export function withoutMarks(markdown: string): string {
  return markdown.replace(/^```sh .*$/gm, '```sh');
}

/**
 * The address on the site that a guide's link leads to, relative to the guides' folder.
 *
 * @param extension of the pages that it may lead to
 * @returns undefined if the site does not have the target
 */
export function addressInSite(guide: Guide, href: string, extension: 'html' | 'md'): string | undefined {
  const target = repositoryPath(guide, href);
  if (!target) return href;
  if (MENU.some(([, guides]) => guides.some(([source]) => source === target.path))) {
    return `${nameOf(target.path)}.${extension}${target.hash}`;
  }
  const document = /^openapi\/(?:bundled\/)?([a-z-]+)\.(?:yaml|json)$/.exec(target.path)?.[1];
  if (document) return `../reference/${document}.${extension}${target.hash}`;
  const file = GUIDE_FILES.get(target.path);
  return file && posix.relative('guides', file);
}

/**
 * The target of a guide's link, relative to the repository's root; undefined if it leads elsewhere or within the page.
 */
export function repositoryPath(guide: Guide, href: string): { path: string; hash: string } | undefined {
  if (/^([a-z]+:|#)/.test(href)) return undefined;
  const [path = '', hash = ''] = href.split('#');
  return { path: posix.join(dirname(guide.source), path), hash: hash && `#${hash}` };
}
