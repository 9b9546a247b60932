import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Feed } from 'feed';
import { marked, type Tokens } from 'marked';
import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';
import type { Documentation } from '../library/documentation.ts';
import { addressInSite } from '../library/guides.ts';
import { ROOT } from '../root.ts';
import { renderMarkdown } from './markdown.ts';

const SITE = `${EXAMPLE_SERVER}/docs/`;
const MAX_TITLE = 120;

/** What changed in the contracts, as an Atom feed: each point of the changelog that names one, or a part of one. */
export function changesFeed({ guides, operations }: Documentation): string {
  const changelog = guides.flatMap(([, list]) => list).find(({ source }) => source === 'CHANGELOG.md');
  if (!changelog) throw new Error('the changelog is no page of the site');
  const names = operations.flatMap(({ operationId, path, documentTitle }) => [
    operationId,
    path,
    documentTitle,
  ]);
  const link = `${SITE}guides/changelog.html`;
  const written = statSync(join(ROOT, changelog.source)).mtime;
  const feed = new Feed({
    id: 'urn:grantkeeper:changes',
    title: 'Grantkeeper: changes of the contracts',
    link,
    feedLinks: { atom: `${SITE}changes.atom` },
    updated: written,
    copyright: 'Apache-2.0',
  });
  let date = written;
  for (const token of marked.lexer(changelog.markdown)) {
    // A release says its day, as Keep a Changelog has it; what is not released yet is as old as the file.
    if (token.type === 'heading' && token.depth === 2)
      date = new Date(/\d{4}-\d\d-\d\d/.exec(token.text)?.[0] ?? written);
    if (token.type !== 'list') continue;
    for (const { text } of (token as Tokens.List).items) {
      if (!text.includes('x-beyond-published') && !names.some((name) => text.includes(name))) continue;
      const plain = text
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replaceAll(/[*`]/g, '')
        .replaceAll(/\s+/g, ' ');
      const absolute = (href: string) =>
        new URL(addressInSite(changelog, href, 'html') ?? '', `${SITE}guides/`).href;
      feed.addItem({
        id: `urn:grantkeeper:change:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`,
        title: plain.length > MAX_TITLE ? `${plain.slice(0, MAX_TITLE)}…` : plain,
        link,
        date,
        content: renderMarkdown(text, absolute).html,
      });
    }
  }
  return feed.atom1();
}
