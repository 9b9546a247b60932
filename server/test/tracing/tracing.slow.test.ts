import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { ROOT, startServer } from '../../../scripts/processes/server-process.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { readConfig } from '../../src/config.ts';
import { listen } from '../../src/http/listen.ts';
import { openOwnIssuer } from '../../src/http/own-issuer.ts';
import { eventually } from '../eventually.ts';
import { ACCOUNT_ADMIN } from '../processes.ts';

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string } }[];
}
interface Otlp {
  resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
}

const folder = await useProcesses();

it('a request is traced with its MongoDB commands, found by its id, and no token is in any trace', async () => {
  const bodies: Otlp[] = [];
  const receiver = await listen(
    async (req, res) => {
      bodies.push((await json(req)) as Otlp);
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    },
    { host: '127.0.0.1', port: 0 },
  );
  const DATA_DIR = join(folder, 'data');
  const server = await startServer({ DATA_DIR, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const { sign } = await openOwnIssuer(DATA_DIR, readConfig({}));
  const token = await sign(ACCOUNT_ADMIN, 600);
  const path = '/api/v1/oauth-grants';
  const headers = { Authorization: `Bearer ${token}`, 'X-Request-Id': 'traced-1' };
  expect((await fetch(server.url + path, { headers })).status).toBe(200);
  expect(
    (
      await fetch(`${server.url}${path}?access_token=${token}`, {
        headers: { ...headers, 'X-Request-Id': 'traced-2' },
      })
    ).status,
  ).toBe(400);
  // Sent while the server runs: at its stop, the exporter has only a few seconds.
  await eventually(() => expect(JSON.stringify(bodies)).toMatch(/traced-1.*traced-2/));
  const { stdout } = await server.stop();
  await receiver.close();

  const spans = bodies.flatMap((body) =>
    body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
  );
  const attributeOf = ({ attributes }: OtlpSpan, name: string) =>
    attributes.find(({ key }) => key === name)?.value.stringValue;
  const request = spans.find((span) => attributeOf(span, 'grantkeeper.request_id') === 'traced-1');
  expect(request?.name).toBe('listOAuthGrants');
  expect(request && attributeOf(request, 'url.path')).toBe('/api/v1/oauth-grants');
  const commands = spans.filter((span) => span.parentSpanId === request?.spanId);
  expect(
    commands.map((span) => attributeOf(span, 'db.system.name') ?? attributeOf(span, 'db.system')),
  ).toContain('mongodb');
  expect(JSON.stringify(bodies)).not.toContain(token.slice(0, 40));
  const lines = stdout.split('\n').filter((line) => line.includes('"id":"traced-1"'));
  expect(lines.map((line) => JSON.parse(line).trace_id)).toEqual([request?.traceId]);
});

it('the guide installs the packages in the versions that are tested', async () => {
  const guide = await readFile(join(ROOT, 'docs/guides/monitoring.md'), 'utf8');
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, 'server/package.json'), 'utf8'));
  const installed = [...guide.matchAll(/(@opentelemetry\/[\w-]+)@([\d.]+)/g)].map(([, name, version]) => [
    name,
    version,
  ]);
  const tested = Object.entries(devDependencies).filter(([name]) => name.startsWith('@opentelemetry/'));
  expect(installed.sort()).toEqual(tested.sort());
});
