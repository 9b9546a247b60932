import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import axe from 'axe-core';
import { ROOT } from '../../../scripts/processes/server-process.ts';

const BUILT = join(ROOT, 'sdk/example/dist');

/** Where axe is, for tests to load: a script from anywhere else is against the pages' policy. */
export const AXE = '/axe.js';

/** Below it is the API's server, as behind a proxy that strips a prefix. */
export const PREFIX = '/gk';

/** What the built pages name. */
const DEMO = '/demo-idp';

const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
]);

/** Serves the built pages as somebody else's server would: from another origin than the API's, and as strictly. */
export class PageServer {
  /** Where the pages are to call. */
  api = '';
  /** The authorization server that the pages name. */
  issuer = DEMO;
  readonly #server: Server = createServer(async (asked, response) => {
    const { url = '/' } = asked;
    if (url.startsWith(`${PREFIX}/`)) return this.#forward(asked, response);
    const path = new URL(url, 'http://page').pathname.replace(/\/$/, '/index.html');
    const content = path === AXE ? axe.source : await readFile(join(BUILT, path)).catch(() => undefined);
    response.statusCode = content ? 200 : 404;
    if (!path.endsWith('.html')) response.setHeader('Cache-Control', 'max-age=3600');
    response.setHeader('Content-Type', TYPES.get(extname(path)) ?? 'text/plain');
    response.setHeader(
      'Content-Security-Policy',
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src ${this.api}`,
    );
    response.end(path.endsWith('.html') ? this.#withServers(`${content}`) : content);
  });

  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server is not listening');
    return `http://127.0.0.1:${address.port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #forward(asked: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url = '' } = asked;
    const forwarded = request(new URL(url.slice(PREFIX.length), this.api), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    asked.pipe(forwarded);
  }

  /** The lines of a page that say where its servers are. */
  #withServers(page: string): string {
    return page
      .replace('name="grantkeeper-api" content="/"', `name="grantkeeper-api" content="${this.api}"`)
      .replace(`content="${DEMO}"`, `content="${this.issuer}"`);
  }
}
