import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Collection } from 'postman-collection';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Contract } from '../../../scripts/generate/merge-contracts.ts';
import { find, indexOf } from '../../../server/src/docs/ranking.ts';
import { brokenLinks } from '../check/links.ts';
import { referenceAddress } from '../library/addresses.ts';
import { readDocumentation } from '../library/documentation.ts';
import { entriesOf } from '../library/entries.ts';
import { samplesOf } from '../library/samples.ts';
import { BUILT } from '../pages/build.ts';
import { ROOT } from '../root.ts';
import { faultsOf } from './faults.ts';

const library = readDocumentation();
const { operations } = library;
const guides = library.guides.flatMap(([, list]) => list);
const read = (path: string) => readFileSync(join(BUILT, path), 'utf8');
const pages = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.html'),
);

/** The files that a page loads, in whatever folder it is. */
const loadedBy = (page: string) =>
  [...page.matchAll(/(?:src|href)="(?:\.\.?\/)+(assets\/[^"]+)"/g)].map(([, path = '']) => read(path));

const zippedSize = (texts: string[]) => texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0);

/** The text of a piece of HTML. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll(/&#(?:39|x27);/g, "'")
    .replaceAll('&amp;', '&');

describe('the built portal', () => {
  it('has no link and no anchor that leads nowhere', async () => {
    expect(await brokenLinks(BUILT)).toEqual([]);
  });

  it('loads nothing from elsewhere, and nothing by an absolute path', () => {
    for (const page of pages) {
      expect(
        read(page).match(/<(?:script|link|img)[^>]*(?:src|href)="(?:https?:|\/)[^"]*"/g),
        page,
      ).toBeNull();
    }
  });

  it('has the Markdown of every page beside it', () => {
    // Redocly's pages are a second view of what has its Markdown elsewhere.
    const ours = pages.filter((page) => !page.startsWith('redoc/'));
    for (const page of ours) expect(read(page.replace(/html$/, 'md')), page).toMatch(/^# \S/);
  });

  it('lists every page and operation for agents', () => {
    const [short, full] = [read('llms.txt'), read('llms-full.txt')];
    for (const { document, operationId, method, path } of operations) {
      expect(short).toContain(`reference/${document}/${operationId}.md`);
      expect(full).toContain(`\`${method} ${path}\` · \`${operationId}\``);
    }
    for (const { name, title } of guides) {
      expect(short).toContain(`guides/${name}.md`);
      expect(full).toContain(`# ${title}`);
    }
    expect(short).toContain('## Instructions for agents');
  });

  it('says of every operation what it needs, what it answers, and how to call it', () => {
    for (const { document, operationId, responses } of operations) {
      const markdown = read(`reference/${document}/${operationId}.md`);
      expect(markdown).toContain('**Required');
      for (const status of Object.keys(responses)) expect(markdown).toContain(`### ${status}`);
      expect(markdown).toContain('curl ');
      expect(markdown).toContain('createGrantkeeper');
    }
  });

  it('has a page for every operation, with all errors and samples, of at most 40 kB compressed with all it loads', () => {
    for (const operation of operations) {
      const page = read(referenceAddress(operation));
      expect(loadedBy(page).length).toBeGreaterThan(3);
      expect(zippedSize([page, ...loadedBy(page)]), operation.operationId).toBeLessThanOrEqual(40_000);
      for (const status of Object.keys(operation.responses)) expect(page).toContain(`id="${status}"`);
      for (const { curl, typescript } of samplesOf(operation)) {
        const shown = textOf(page);
        expect(shown).toContain(curl);
        expect(shown).toContain(typescript);
      }
    }
  });

  it('keeps the lists and paragraphs in what it says of a parameter', () => {
    const page = read('reference/oauth-grants/revokeOAuthGrant.html');
    expect(page).toMatch(/<li>(<p>)?While it runs, a repetition is a 409/);
    expect(page).toMatch(/<p>A key is kept for 24 hours\./);
  });

  it('names the headers of answers', () => {
    const markdown = read('reference/oauth-grants/listOAuthGrants.md');
    expect(markdown).toMatch(/### 503\n.*?- `Retry-After` \(header, /s);
  });

  it('has every document as JSON and as YAML, and all of them as one', () => {
    for (const { name, source } of library.documents) {
      expect(JSON.parse(read(`openapi/${name}.json`))).toEqual(JSON.parse(source));
      expect(parse(read(`openapi/${name}.yaml`))).toEqual(JSON.parse(source));
    }
    const all: Contract = JSON.parse(read('openapi/grantkeeper.json'));
    const ids = Object.values(all.paths).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    );
    expect(ids.sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
    expect(parse(read('openapi/grantkeeper.yaml'))).toEqual(all);
  });

  it('has every document, and all of them, as a collection for Postman', () => {
    for (const { name, operations } of [
      ...library.documents,
      { name: 'grantkeeper', operations: library.operations },
    ]) {
      const collection = new Collection(JSON.parse(read(`openapi/${name}.postman.json`)));
      const requests: string[] = [];
      collection.forEachItem(({ request }) => {
        const { url, method } = request;
        expect(
          request.headers.all().filter(({ disabled, key }) => !disabled && key === 'Idempotency-Key'),
        ).toEqual([]);
        const verification = request.headers.one('logto-verification-id');
        expect(verification?.disabled ?? false, method).toBe(false);
        requests.push(`${method} /${url.path?.join('/').replaceAll(/:(\w+)/g, '{$1}')}`);
      });
      expect(requests.sort(), name).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort());
      expect(collection.variables.one('baseUrl')?.value, name).toBe('http://127.0.0.1:3000');
      expect(JSON.stringify(collection), name).toContain('{{bearerToken}}');
      expect(collection.variables.one('bearerToken')?.value, name).toBe('');
    }
  });

  it('has a feed of what changed in the contracts, and of nothing else', () => {
    const feed = read('changes.atom');
    const titles = [...feed.matchAll(/<title[^>]*>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?<\/title>/g)].map(
      ([, title = '']) => title,
    );
    expect(feed).toMatch(/^<\?xml.*<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom">/s);
    expect(titles.some((title) => title.includes('audit events'))).toBe(true);
    expect(titles.some((title) => title.includes('Dockerfile'))).toBe(false);
    const ids = [...feed.matchAll(/<id>(.*?)<\/id>/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(5);
  });

  it('has no guide whose TypeScript does not compile against the SDK', () => {
    // What the SDK's package says is tested with the package.
    const ours = guides.filter(({ source }) => source.startsWith('docs/'));
    const blocks = ours.flatMap(({ markdown }) => [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)]);
    expect(blocks.length).toBeGreaterThan(1);
    expect(faultsOf(blocks.map(([, code = '']) => code))).toEqual([]);
  });

  it('has every Markdown file of the documentation as a guide', () => {
    const files = ['docs', 'docs/guides'].flatMap((folder) =>
      readdirSync(join(ROOT, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `${folder}/${name}`),
    );
    expect(guides.map(({ source }) => source)).toEqual(expect.arrayContaining(files));
  });

  it('needs at most 150 kB until its first page is seen', () => {
    const page = read('index.html');
    const loaded = loadedBy(page);
    const bytes = [page, ...loaded].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const zipped = zippedSize([page, ...loaded]);
    process.stdout.write(
      `first view: ${bytes} bytes, ${zipped} when compressed, ${loaded.length + 1} files\n`,
    );
    expect(loaded.length).toBeGreaterThan(3);
    expect(bytes).toBeLessThanOrEqual(150_000);
  });
});

describe('search', () => {
  const index = indexOf(entriesOf(library));
  const addresses = (query: string) => find(index, query).map(({ id }): string => id);

  it.each(operations)('finds $operationId first, by its name and by its summary', (operation) => {
    const { operationId, summary } = operation;
    expect(addresses(operationId)[0]).toBe(referenceAddress(operation));
    const namesakes = operations.filter((one) => one.summary === summary);
    expect(addresses(summary).slice(0, namesakes.length)).toContain(referenceAddress(operation));
  });

  it.each([
    ['OAuthGrantRevokeRequest', 'reference/oauth-grants/schemas.html#oauthgrantrevokerequest'],
    ['My account grants', 'reference/account-grants.html'],
    ['revoking safely', 'guides/revoking.html'],
    ['next_cursor', 'guides/paging.html#by-cursor'],
    ['shard', 'guides/scaling-out.html'],
    ['mcp', 'guides/ai-tools.html'],
  ])('finds %s', (query, address) => {
    expect(addresses(query).slice(0, 8)).toContainEqual(expect.stringContaining(address));
  });

  it('finds what is misspelt, and what has only begun', () => {
    expect(find(index, 'revokeOAuthGrnats')[0]?.name).toMatch(/^revokeOAuthGrant/);
    expect(find(index, 'listMeG')[0]?.name).toBe('listMeGrants');
    expect(find(index, 'applicat').length).toBeGreaterThan(3);
  });
});
