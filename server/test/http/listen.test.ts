import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { Agent, request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { eventually } from '../eventually.ts';

async function serving(app: RequestListener) {
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  return server;
}

it('told to close, it waits for the request in flight, and not for connections that were kept alive', async () => {
  let answer: ServerResponse | undefined;
  const server = await serving((_req, res) => {
    answer = res;
  });
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const asked = request(server.url, { agent }).end();
  await eventually(() => expect(answer).toBeDefined());

  let isClosed = false;
  const closed = server.close().then(() => {
    isClosed = true;
  });
  await expect(fetch(server.url)).rejects.toThrow();
  expect(isClosed).toBe(false);

  answer?.end('done');
  const [response] = await once(asked, 'response');
  response.resume();
  const started = performance.now();
  await closed;
  // An idle connection is kept for longer than a minute otherwise.
  expect(performance.now() - started).toBeLessThan(30_000);
});

it('listens on IPv6 as well, and names it as a URL does', async () => {
  const server = await listen((_req, res) => res.end('here'), { host: '::1', port: 0 });
  onTestFinished(() => server.close());
  expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await (await fetch(server.url)).text()).toBe('here');
});

it('rejects when the port is taken', async () => {
  const { url } = await serving((_req, res) => res.end());
  const port = Number(new URL(url).port);
  await expect(listen((_req, res) => res.end(), { host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
});

it('keeps an idle connection longer than a proxy does', async () => {
  const server = await serving((_req, res) => res.end());
  const asked = request(server.url, { agent: new Agent({ keepAlive: true }) }).end();
  const [response] = await once(asked, 'response');
  response.resume();
  expect(response.headers['keep-alive']).toBe('timeout=75');
});
