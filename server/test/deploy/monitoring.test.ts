import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT, type ServerProcess, startServer } from '../../../scripts/processes/server-process.ts';
import { signToken } from '../../../scripts/processes/sign-token.ts';
import { useProcesses } from '../../../scripts/processes/use-processes.ts';
import { createIndexes } from '../../src/database/collections.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { listen } from '../../src/http/listen.ts';
import { eventually } from '../eventually.ts';
import { type Sample, scrape } from '../metrics/scraping.ts';
import { ownDatabase } from '../own-database.ts';
import { ACCOUNT_ADMIN, askGrants } from '../processes.ts';
import { PAGE_GRANT, PAGE_GRANT_ID, tokenRow } from '../rows.ts';
import { newSecret } from '../webhooks/receiving.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const [dashboardText, rulesText, guide] = await Promise.all(
  [
    'server/deploy/grafana-dashboard.json',
    'server/deploy/prometheus-rules.yaml',
    'docs/guides/monitoring.md',
  ].map(read),
);

interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string }[];
}
interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}
const dashboard: { panels: Panel[]; templating: { list: { query: string | { query: string } }[] } } =
  JSON.parse(dashboardText ?? '');
const rules: { groups: { rules: Rule[] }[] } = parse(rulesText ?? '');
const alerts = rules.groups.flatMap((group) => group.rules);
const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ of: title, expr }))),
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
];

/** What Prometheus adds to each sample, and to each target. */
const ADDED_LABELS = ['job', 'instance'];
const ADDED_METRICS = ['up'];

/** The metrics and labels that a PromQL expression names; throws where it is no PromQL. */
function namedIn(expr: string): { metrics: string[]; labels: string[] } {
  const metrics: string[] = [];
  const labels: string[] = [];
  // Grafana's variables stand in strings only, which may hold anything.
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      const text = expr.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(text);
      if (type.name === 'LabelName') labels.push(text);
    },
  });
  return { metrics, labels };
}

const folder = await useProcesses();
let samples: Sample[];

/** A server that has done what its metrics count. */
beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const keys = JSON.stringify({ keys: [await exportJWK(publicKey)] });
  const party = 'https://issuer.example';
  const issuer = await listen((_req, res) => res.end(keys), { host: '127.0.0.1', port: 0 });
  const MONGODB_URI = ownDatabase('monitoring');
  const WEBHOOKS_FILE = join(folder, 'webhooks.json');
  const receiver = { name: 'crm', url: 'http://127.0.0.1:1/', secrets: [newSecret()] };
  await writeFile(WEBHOOKS_FILE, JSON.stringify([receiver]));
  const database = await connectDatabase(MONGODB_URI);
  await createIndexes(database.collections);
  await database.collections.refreshTokens.create(tokenRow({ expires_at: null }));
  const server: ServerProcess = await startServer({
    ...{ MONGODB_URI, WEBHOOKS_FILE, WEBHOOKS_ALLOW_PRIVATE: 'true', METRICS_PORT: '0' },
    ...{ AUTH_JWKS_URI: `${issuer.url}/jwks`, AUTH_ISSUER: party, AUTH_AUDIENCE: party },
  });
  const [, metricsUrl = ''] = await server.printed(/"url":"([^"]+)","msg":"serving metrics"/);
  const token = await signToken(privateKey, party, ACCOUNT_ADMIN);
  // Its receiver is known once it has taken its first turn.
  await eventually(async () => expect(await database.collections.webhookState.countDocuments()).toBe(1));
  expect((await askGrants(server, token, `?user_id=${PAGE_GRANT.user_id}`)).status).toBe(200);
  expect((await askGrants(server, token, '?limit=0')).status).toBe(400);
  expect((await askGrants(server, token, `/${PAGE_GRANT_ID}`, 'DELETE')).status).toBe(200);
  await eventually(async () => {
    samples = await scrape(metricsUrl);
    expect(samples.some(({ name }) => name === 'grantkeeper_webhook_messages')).toBe(true);
  });
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  await database.close();
  await issuer.close();
}, 120_000);

const exported = () => new Set(samples.map(({ name }) => name));

describe.each([
  ['the dashboard', 'grafana-dashboard.json'],
  ['the alert rules', 'prometheus-rules.yaml'],
])('%s', (_what, file) => {
  const own = expressions.filter(({ of }) =>
    (file.endsWith('yaml') ? /^Grantkeeper/ : /^(?!Grantkeeper)/).test(of),
  );

  it.each(own)('asks in PromQL, for what a server exports: $of, $expr', ({ expr }) => {
    const { metrics, labels } = namedIn(expr);
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !exported().has(name) && !ADDED_METRICS.includes(name))).toEqual([]);
    const known = samples
      .filter(({ name }) => metrics.includes(name))
      .flatMap((one) => Object.keys(one.labels));
    expect(labels.filter((label) => !known.includes(label) && !ADDED_LABELS.includes(label))).toEqual([]);
  });
});

it('a test would notice what is no PromQL, and names what an expression asks for', () => {
  expect(() => namedIn('sum by (job) (rate(a[5m])')).toThrow('no PromQL');
  const { metrics, labels } = namedIn('sum by (le) (rate(a{b="c"}[5m])) > on (d) e');
  expect([metrics, labels]).toEqual([
    ['a', 'e'],
    ['le', 'b', 'd'],
  ]);
});

it('the panels of the dashboard have their own ids and places', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(taken).size).toBe(taken.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

it('the guide says of every alert what to do, and how urgent it is', () => {
  const told = [...(guide ?? '').matchAll(/^\| `(Grantkeeper\w+)` +\| (\w+) +\| .{20,} \|$/gm)];
  expect(told.map(([, alert, severity]) => [alert, severity])).toEqual(
    alerts.map(({ alert, labels }) => [alert, labels.severity]),
  );
});

it('the guide lists every metric of Grantkeeper that a server exports, with its labels, and no other', () => {
  const rows = [...(guide ?? '').matchAll(/^\| `(grantkeeper_\w+)` +\| (.*?) +\| .{5,} \|$/gm)];
  const told = rows.map(([, name, labels = '']) => [name, [...labels.matchAll(/\w+/g)].map(String).sort()]);
  const families = new Map<string, Set<string>>();
  for (const { name, labels } of samples.filter((one) => one.name.startsWith('grantkeeper_'))) {
    const family = name.replace(/_seconds_(bucket|sum|count)$/, '_seconds');
    const known = families.get(family) ?? new Set();
    families.set(family, known);
    for (const label of Object.keys(labels)) if (label !== 'le') known.add(label);
  }
  const expected = [...families].map(([name, labels]) => [name, [...labels].sort()]);
  const byName = (one: unknown[], other: unknown[]) => (String(one[0]) < String(other[0]) ? -1 : 1);
  expect(told.sort(byName)).toEqual(expected.sort(byName));
});
