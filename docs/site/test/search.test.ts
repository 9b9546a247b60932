import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findPage } from '../../../server/src/docs/library.ts';
import type { Entry } from '../../../server/src/docs/ranking.ts';
import { createSearch } from '../../../server/src/docs/search.ts';
import { referenceAddress } from '../library/addresses.ts';
import { libraryOf, readDocumentation } from '../library/documentation.ts';
import { entriesOf, QUESTIONS } from '../library/entries.ts';

/** Questions, each with the pages that answer it. */
const NEWCOMERS: [question: string, pages: string[]][] = JSON.parse(
  readFileSync(new URL('newcomers.json', import.meta.url), 'utf8'),
);
const documentation = readDocumentation();
const library = libraryOf(documentation);
const search = createSearch(library);
const first = (query: string) => search(query, { limit: 1 })[0];

describe('the search', () => {
  it.each([
    ['how do I cut off one app for everybody', 'revokeOAuthGrants'],
    ['what did I allow', 'listMeGrants'],
    ['disconnect a single app', 'revokeOAuthGrant'],
    ['which apps have access to our company', 'listOAuthGrants'],
    ['can I undo a consent', 'revokeMeGrant'],
    ['somebody left the company', 'revokeOAuthGrants'],
    ['add permissions that an app can ask for', 'assignUserConsentScopes'],
    ['stop an app from requesting profile', 'removeUserConsentScope'],
    ['bulk revok', 'revokeOAuthGrants'],
    ['pause a grant', 'suspendOAuthGrant'],
  ])('finds by %j the operation %s', (question, operationId) => {
    expect(first(question)).toMatchObject({ kind: 'operation', operationId });
  });

  it('finds first or second what answers 97 of 100 questions, written by newcomers who saw neither index nor search', () => {
    const missed = NEWCOMERS.filter(([question, pages]) => {
      const found = search(question, { limit: 2 }).map(({ operationId, path }) => operationId ?? path);
      return !found.some((page) => pages.includes(page));
    });
    expect(NEWCOMERS.length).toBeGreaterThan(500);
    expect(missed.length, JSON.stringify(missed)).toBeLessThan(0.03 * NEWCOMERS.length);
  });

  it('knows no question of theirs word for word', () => {
    const known = new Set(Object.values(QUESTIONS).flat());
    expect(NEWCOMERS.filter(([question]) => known.has(question))).toEqual([]);
  });

  it('finds every operation by its name, its summary and its path', () => {
    for (const { operationId, summary, document } of documentation.operations) {
      const path = `reference/${document}/${operationId}`;
      expect(first(operationId)?.path, operationId).toBe(path);
      const bySummary = search(`${summary} ${document}`, { limit: 3 }).map((found) => found.path);
      expect(bySummary, summary).toContain(path);
    }
  });

  it.each([
    ['403 when I delete /v1/me/grants/abc123', 'revokeMeGrant'],
    ['list is empty at https://api.example.com/api/my-account/grants', 'listMyAccountGrants'],
    ['GET /api/v1/oauth-grants/audit-events?limit=5 answers nothing', 'listOAuthGrantAuditEvents'],
    ['what does /api/v1/oauth-grants/17f0/suspend do', 'suspendOAuthGrant'],
  ])('finds by the path in %j the operation %s', (question, operationId) => {
    expect(first(question)).toMatchObject({ kind: 'operation', operationId });
  });

  it('knows questions for every operation, and for no other', () => {
    const asked = Object.keys(QUESTIONS);
    const known = documentation.operations.map(({ operationId }) => operationId);
    expect(asked.filter((name) => !name.startsWith('guides/')).sort()).toEqual(known.sort());
    for (const [name, questions] of Object.entries(QUESTIONS)) {
      for (const question of questions) {
        const { operationId, path } = first(question) ?? {};
        expect(operationId ?? path, question).toBe(name);
      }
    }
  });

  it('finds guides and schemas too, each page once, and only of a kind where that is asked', () => {
    expect(first('sharded cluster')?.path).toBe('guides/scaling-out');
    expect(first('OAuthGrantRevokeRequest')?.kind).toBe('schema');
    const guides = search('grant', { kind: 'guide', limit: 20 });
    expect(guides.length).toBeGreaterThan(2);
    expect(new Set(guides.map(({ path }) => path)).size).toBe(guides.length);
    expect(new Set(guides.map(({ kind }) => kind))).toEqual(new Set(['guide']));
  });

  it('shows what an operation does where only its name was found, without the marks of Markdown', () => {
    expect(first('revokeMeGrant')?.excerpt).toMatch(/^Revokes one consent of the user and all its tokens/);
  });

  it.each([
    ['revoke everything: misspelt keys are a 400', 'misspelt are all a 400'],
    ['list grants: next_cursor exactly as it was given', 'exactly as it was given'],
    ['application is a third-party one (422)', 'third-party one (422)'],
    ['requests a minute to /mcp and /docs/feedback', '120 requests a minute'],
    ['replica set: driver does not repeat statements', 'driver does not repeat statements'],
    ['list grants: user must have account:member', 'account:member'],
    // Found by the questions that lead to it: its own text says it in other words.
    ['how do I cut off one app for everybody', 'User must have account:member'],
  ])('shows what %j found', (query, shown) => {
    expect(first(query)?.excerpt).toContain(shown);
  });

  it('shows a word that was looked for wherever the text has it, and opens with no requirement', () => {
    const words = [
      'revoked',
      'cursor',
      'consent',
      'expired',
      'verification',
      'extension',
      'durable',
      'journaled',
    ];
    for (const word of words) {
      const found = search(word, { limit: 20 });
      expect(found.length, word).toBeGreaterThan(0);
      for (const { path, kind, excerpt } of found) {
        const { markdown = '' } = documentation.pages.get(path) ?? {};
        const prose = markdown.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^#.*$/gm, '');
        if (kind === 'operation' && prose.includes(` ${word} `))
          expect(excerpt, `${word}: ${path}`).toMatch(new RegExp(word.slice(0, 5), 'i'));
        expect(excerpt, path).not.toMatch(/^…?Required/);
      }
    }
  });

  it('takes a misspelt word for one that it knows, and no word that it knows for another', () => {
    const pagesFor = (query: string) => search(query, { limit: 5 }).map(({ path }) => path);
    expect(pagesFor('idempotancy').sort()).toEqual(pagesFor('idempotency').sort());
    const isStale = ({ title, questions, text }: Entry) => /stale/i.test(`${title} ${questions} ${text}`);
    const pages = new Set(
      entriesOf(documentation)
        .filter(isStale)
        .map(({ page }) => page),
    );
    // One letter from "state" and "scale", which many pages have.
    const found = search('stale', { limit: 50 }).map(({ path }) => path);
    expect(found.sort()).toEqual([...pages].sort());
  });

  it('finds nothing where nothing was asked', () => {
    for (const query of ['', '   ', 'how do I', '!?']) expect(search(query, { limit: 5 })).toEqual([]);
  });
});

describe('the library', () => {
  it('says of every operation all its parameters and every error', () => {
    for (const { operationId, document, parameters, responses } of documentation.operations) {
      const { markdown = '' } = documentation.pages.get(`reference/${document}/${operationId}`) ?? {};
      for (const { name } of parameters) expect(markdown).toContain(`- \`${name}\` (`);
      for (const status of Object.keys(responses)) expect(markdown).toContain(`### ${status}\n`);
    }
  });

  it('finds a page by its path and by what links to it', () => {
    for (const asked of [
      'guides/store',
      '/docs/guides/store.html#rows',
      'http://127.0.0.1:3000/docs/guides/store.md',
      'https://example.com/platform/docs/guides/store',
      'https://example.com/any/base/guides/store.html',
      'grantkeeper://guides/store.md',
      '../guides/store.md',
    ]) {
      expect(findPage(library, asked)?.path, asked).toBe('guides/store');
    }
    expect(findPage(library, 'paging.md#by-cursor')?.path).toBe('guides/paging');
    for (const operation of documentation.operations) {
      const path = `reference/${operation.document}/${operation.operationId}`;
      expect(findPage(library, `http://127.0.0.1:3000/docs/${referenceAddress(operation)}`)?.path).toBe(path);
    }
    for (const asked of ['', 'stroe', '../../package.json']) expect(findPage(library, asked)).toBeUndefined();
  });

  it('finds the pages that its documents link to', () => {
    for (const { name } of documentation.documents) {
      const { markdown = '' } = documentation.pages.get(`reference/${name}`) ?? {};
      const links = [...markdown.matchAll(/\]\(([^)\s]+\.md)\)/g)].map(([, link = '']) => link);
      expect(links.length).toBeGreaterThan(2);
      for (const link of links) {
        expect(findPage(library, link)?.path, link).toBe(`reference/${link.replace('.md', '')}`);
      }
    }
  });

  it('leaves no reference to look up', () => {
    expect(JSON.stringify(documentation.operations)).not.toContain('$ref');
  });
});
