import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy on loopback that has a server below a prefix and strips it, as many do. */
export class StrippingProxy {
  readonly #server: Server;
  readonly #prefix: string;
  /** Requests from outside of the prefix: what led there was wrong. */
  readonly strays: string[] = [];

  private constructor(server: Server, prefix: string) {
    this.#server = server;
    this.#prefix = prefix;
  }

  /** @param headers that it adds to each request, by what the proxy's own origin is */
  static async start(
    target: string,
    prefix: string,
    headers: (host: string) => Record<string, string> = () => ({}),
  ): Promise<StrippingProxy> {
    const server = createServer((req, res) => {
      const path = req.url ?? '';
      if (path !== prefix && !path.startsWith(`${prefix}/`) && !path.startsWith(`${prefix}?`)) {
        proxy.strays.push(`${req.method} ${path}`);
        res.writeHead(502).end();
        return;
      }
      const rest = path.slice(prefix.length);
      const forwarded = request(
        new URL(target),
        {
          method: req.method,
          path: rest.startsWith('/') ? rest : `/${rest}`,
          headers: { ...req.headers, ...headers(req.headers.host ?? '') },
        },
        (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        },
      );
      forwarded.on('error', () => res.destroy());
      req.pipe(forwarded);
    });
    const proxy = new StrippingProxy(server, prefix);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** Its own address, with the prefix. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#prefix}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
