import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import MiniSearch from 'minisearch';
import { describe, expect, it } from 'vitest';
import { SEARCH } from '../client/search-options.ts';
import { brokenLinks } from '../src/check/links.ts';
import { readContracts } from '../src/contracts.ts';
import { referenceAddress } from '../src/reference/redocly.ts';
import { BUILT } from '../src/site/build.ts';
import { readGuides } from '../src/site/guides.ts';
import { searchEntries } from '../src/site/search-entries.ts';

const contracts = readContracts();
const operations = contracts.flatMap((contract) => contract.operations);
const guides = readGuides().flatMap(([, list]) => list);
const read = (path: string) => readFileSync(join(BUILT, path), 'utf8');
const pages = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.html'),
);

describe('the built portal', () => {
  it('has no link and no anchor that leads nowhere', async () => {
    expect(await brokenLinks(BUILT)).toEqual([]);
  });

  it('loads nothing from elsewhere, and nothing by an absolute path', () => {
    for (const page of pages) {
      const ours = read(page).replace(/<script(?: type="module")?>.*?<\/script>/gs, '');
      expect(ours.match(/<(?:script|link|img)[^>]*(?:src|href)="(?:https?:|\/)[^"]*"/g), page).toBeNull();
    }
  });

  it('has the Markdown of every page beside it', () => {
    for (const page of pages) expect(read(page.replace(/html$/, 'md')), page).toMatch(/^# \S/);
  });

  it('lists every page and operation for agents', () => {
    const short = read('llms.txt');
    for (const { contract, id } of operations) expect(short).toContain(`reference/${contract}/${id}.md`);
    for (const { name } of guides) expect(short).toContain(`guides/${name}.md`);
    expect(short).toContain('## Instructions for agents');
    for (const { id } of operations) expect(read('llms-full.txt')).toContain(`Operation \`${id}\``);
  });

  it('says of every operation what it needs, what it answers, and how to call it', () => {
    for (const { contract, id, answers } of operations) {
      const markdown = read(`reference/${contract}/${id}.md`);
      expect(markdown).toContain('**Required');
      for (const [status] of answers) expect(markdown).toContain(`### ${status}`);
      expect(markdown).toContain('curl ');
      expect(markdown).toContain('createGrantkeeper');
    }
  });

  it('has the samples of every operation in its reference', () => {
    for (const { contract, samples } of operations) {
      const page = read(`reference/${contract}.html`);
      for (const { source } of samples) expect(page).toContain(JSON.stringify(source));
    }
  });

  it('needs at most 150 kB until its first page is seen', () => {
    const page = read('index.html');
    const loaded = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path = '']) =>
      read(path),
    );
    const bytes = [page, ...loaded].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const zipped = [page, ...loaded].reduce((sum, text) => sum + gzipSync(text).byteLength, 0);
    process.stdout.write(
      `first view: ${bytes} bytes, ${zipped} when compressed, ${loaded.length + 1} files\n`,
    );
    expect(loaded.length).toBeGreaterThan(3);
    expect(bytes).toBeLessThanOrEqual(150_000);
  });
});

describe('search', () => {
  const index = new MiniSearch(SEARCH);
  index.addAll(searchEntries(contracts, guides));

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    'finds %s first',
    (id, operation) => {
      expect(index.search(id)[0]?.id).toBe(referenceAddress(operation));
    },
  );

  it.each(operations.map((operation) => [operation.summary, operation] as const))(
    'finds "%s" among the first three',
    (summary, operation) => {
      const found = index.search(summary).slice(0, 3);
      expect(found.map(({ id }) => id)).toContain(referenceAddress(operation));
    },
  );

  it.each([
    ['OAuthGrantRevokeRequest', 'reference/oauth-grants/schemas.html#oauthgrantrevokerequest'],
    ['revoking safely', 'guides/revoking.html'],
    ['next_cursor', 'guides/paging.html#by-cursor'],
    ['shard', 'guides/scaling-out.html'],
    ['mcp', 'index.html#ai'],
  ])('finds %s', (query, address) => {
    const found = index.search(query).slice(0, 8);
    expect(found.some(({ id }) => String(id).startsWith(address))).toBe(true);
  });

  it('finds what is misspelt, and what has only begun', () => {
    expect(index.search('revokeOAuthGrnats')[0]?.name).toMatch(/^revokeOAuthGrant/);
    expect(index.search('listMeG')[0]?.name).toBe('listMeGrants');
  });
});
