import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { IssuerKeys } from '../http/issuer-keys.ts';
import { VERSION } from '../version.ts';
import { issuerMetrics } from './issuer.ts';
import { requestMetrics } from './requests.ts';
import { type StoreMetricsOptions, storeMetrics } from './store.ts';

export interface MetricsOptions extends StoreMetricsOptions {
  /** Undefined if the server is its own issuer. */
  issuer: Pick<IssuerKeys, 'facts'> | undefined;
}

/** The metrics of one server, in the text format of Prometheus; docs/guides/monitoring.md says what each means. */
export class Metrics {
  /** Middleware that counts requests; goes before everything else. */
  readonly ofRequests: RequestHandler;
  readonly #registry = new Registry();
  readonly #readings: (() => void | Promise<void>)[];

  constructor({ issuer, ...store }: MetricsOptions) {
    const registry = this.#registry;
    collectDefaultMetrics({ register: registry });
    const info = new Gauge({
      name: 'grantkeeper_build_info',
      help: 'Always 1; the labels say what runs.',
      labelNames: ['version'],
      registers: [registry],
    });
    info.set({ version: VERSION }, 1);
    this.ofRequests = requestMetrics(registry);
    this.#readings = [storeMetrics(registry, store)];
    if (issuer) this.#readings.push(issuerMetrics(registry, issuer));
  }

  /** Everything, as text. */
  async text(): Promise<string> {
    await Promise.all(this.#readings.map((read) => read()));
    return this.#registry.metrics();
  }

  /** Serves `GET /metrics`, and nothing else. */
  readonly serve: RequestListener = (req, res) => {
    const [path] = (req.url ?? '').split('?');
    if (path !== '/metrics') return void res.writeHead(404).end();
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return void res.writeHead(405, { Allow: 'GET, HEAD' }).end();
    this.text().then(
      (text) => res.writeHead(200, { 'Content-Type': this.#registry.contentType }).end(text),
      () => res.writeHead(500).end(),
    );
  };
}
