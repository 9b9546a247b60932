import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runScript, scriptOf } from '../check/commands.ts';
import { brokenLinks } from '../check/links.ts';
import { renderMarkdown } from '../pages/markdown.ts';

describe('the check of commands', () => {
  let server: Server;
  let url = '';
  const run = (markdown: string) => runScript(scriptOf(markdown, url) ?? 'exit 99', {});
  const block = (how: string, ...commands: string[]) => `\`\`\`${how}\n${commands.join('\n')}\n\`\`\`\n`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === '/good' ? 200 : 403;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('runs the blocks of a page in one shell, against the server that it is given', async () => {
    await run(block('sh', 'A=good') + block('sh', 'curl http://127.0.0.1:3000/$A'));
  });

  it('fails where a command fails, or where the server refuses', async () => {
    await expect(run(block('sh', 'false'))).rejects.toThrow();
    await expect(run(block('sh', 'curl http://127.0.0.1:3000/bad'))).rejects.toThrow('403');
  });

  it('fails where nothing is refused though it should be', async () => {
    await run(block('sh refused', 'curl http://127.0.0.1:3000/bad'));
    await expect(run(block('sh refused', 'curl http://127.0.0.1:3000/good'))).rejects.toThrow('not refused');
    await expect(run(block('sh refused', 'false'))).rejects.toThrow();
  });

  it('leaves alone what is for hands, and other languages', () => {
    expect(scriptOf(block('sh by-hand', 'false') + block('ts', 'false'), url)).toBeUndefined();
  });
});

describe('the check of links', () => {
  it('names each link and anchor that leads nowhere', async () => {
    const site = await mkdtemp(join(tmpdir(), 'grantkeeper-links-'));
    await writeFile(
      join(site, 'a.html'),
      '<h1 id="top">A</h1><a href="b.md#part-1">b</a><a href="#top">top</a>',
    );
    await writeFile(join(site, 'b.md'), '# B\n\n## Part\n\n## Part\n\n[a](a.html) `[no](link)`\n');
    expect(await brokenLinks(site)).toEqual([]);
    await writeFile(
      join(site, 'c.html'),
      '<a href="d.html">d</a><a href="b.md#other">b</a><img src="/e.png"><a href="https://example.com/">e</a>',
    );
    expect(await brokenLinks(site)).toEqual([
      'c.html: d.html: leads nowhere',
      'c.html: b.md#other: has no such anchor',
      'c.html: /e.png: is not relative',
    ]);
    await rm(site, { recursive: true });
  });
});

describe('Markdown', () => {
  const html = (source: string) => renderMarkdown(source, (href) => href).html;

  it('gives equal headings different anchors', () => {
    const { headings } = renderMarkdown('# A\n## Same\n## Same\n## `code` & more', (href) => href);
    expect(headings.map(({ id }) => id)).toEqual(['a', 'same', 'same-1', 'code--more']);
  });

  it('escapes what is no markup', () => {
    expect(html('```sh\necho "<b>"\n```')).toContain('&lt;b&gt;');
    expect(html('```\n<script>\n```')).toContain('&lt;script&gt;');
    expect(html('[a](b"c)')).not.toContain('"b"c"');
  });
});
