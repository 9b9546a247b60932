import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../contracts.ts';

/** A guide: a Markdown file that becomes a page in `guides/`. */
export interface Guide {
  name: string;
  /** From the repository's root. */
  source: string;
  title: string;
  /** What it is about, in a sentence. */
  about: string;
  markdown: string;
}

/** The guides in the order in which they are read, under the headings of the menu. */
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
      ['docs/guides/errors.md', 'The three shapes of errors, and what to decide by.'],
      ['docs/guides/paging.md', 'By offset and by cursor, and why the total is exact.'],
      ['sdk/README.md', 'The client for TypeScript and JavaScript: typed, small, ready for bad days.'],
      ['sdk/api.md', 'Every call, function, class and type of the SDK.'],
    ],
  ],
  [
    'Run',
    [
      ['docs/guides/production.md', 'Variables, start, stop, health, upkeep.'],
      ['docs/guides/security.md', 'What is trusted, what is checked, what is never said.'],
      ['docs/store.md', 'What an authorization server writes, and what it keeps to.'],
      ['docs/read-model.md', 'How lists stay fast and true.'],
      ['docs/performance.md', 'What lists and revocations cost, measured.'],
      ['docs/scaling-out.md', 'Many servers, a replica set, a sharded cluster.'],
    ],
  ],
];

/** Reads the guides, under the headings of the menu. */
export function readGuides(): [heading: string, guides: Guide[]][] {
  return MENU.map(([heading, guides]) => [
    heading,
    guides.map(([source, about]) => {
      const markdown = readFileSync(join(ROOT, source), 'utf8');
      const [, title] = /^# (.+)$/m.exec(markdown) ?? [];
      if (!title) throw new Error(`${source} has no title`);
      return { name: nameOf(source), source, title, about, markdown };
    }),
  ]);
}

/** `docs/guides/errors.md` is `errors`, `sdk/README.md` is `sdk`, `sdk/api.md` is `sdk-api`. */
function nameOf(source: string): string {
  const path = source.replace(/^docs\/(guides\/)?|\.md$/g, '');
  return path.replace(/\/README$/, '').replaceAll('/', '-');
}
