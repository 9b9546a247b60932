import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { validate } from 'dockerfile-utils';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../../../scripts/processes/server-process.ts';
import { VARIABLES } from '../../src/config.ts';
import { faultsOfManifests } from './kubernetes.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const [dockerfile, dockerignore, compose, kubernetes] = await Promise.all(
  ['Dockerfile', 'Dockerfile.dockerignore', 'compose.yaml', 'kubernetes.yaml'].map((name) =>
    read(`server/deploy/${name}`),
  ),
);

/** Rules about the order in which things are written, which is ours by what belongs together, and about the kind of quotes. */
const OF_STYLE = [
  'service-keys-order',
  'services-alphabetical-order',
  'top-level-properties-order',
  'require-quotes-in-ports',
];

/** What the linter of Compose files says of one. */
function faultsOfCompose(path: string): string[] {
  const rules = Object.fromEntries(OF_STYLE.map((name) => [name, 0 as const]));
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
  // Its types are not found by their import.
  const results: { messages: { rule: string; message: string }[] }[] = linter.lintFiles([path], false);
  return results.flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`));
}

describe('the Dockerfile', () => {
  it('has nothing that a linter finds fault with', () => {
    expect(validate(dockerfile ?? '')).toEqual([]);
  });

  it('and the linter does find faults', () => {
    const faults = validate(
      (dockerfile ?? '').replace('EXPOSE 3000', 'EXPOSE http').replace('USER ', 'USR '),
    );
    expect(faults).toHaveLength(2);
  });

  it('leaves out of its context what git ignores', async () => {
    const ignored = (await read('.gitignore')).split('\n').filter(Boolean);
    const patterns = dockerignore?.split('\n') ?? [];
    for (const pattern of ignored) expect(patterns).toContain(`**/${pattern.replace(/\/$/, '')}`);
  });
});

describe('the Compose file', () => {
  const file = parse(compose ?? '', { merge: true });

  it('is valid by the schema of Compose, and has nothing that a linter finds fault with', () => {
    expect(faultsOfCompose(join(ROOT, 'server/deploy/compose.yaml'))).toEqual([]);
  });

  it.each([
    ['read_only: true', 'read_olny: true', 'invalid-schema'],
    ['read_only: true', 'read_only: [never]', 'invalid-schema'],
    ['image: mongo:8\n    networks', 'image: mongo\n    networks', 'service-image-require-explicit-tag'],
  ])('and they find fault where %j is %j', async (before, after, rule) => {
    const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-compose-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'compose.yaml');
    await writeFile(path, (compose ?? '').replace(before, after));
    expect(faultsOfCompose(path).join('\n')).toContain(rule);
  });

  it('runs the server without any right, on a file system that can only be read', () => {
    const { environment, ...grantkeeper } = file.services.grantkeeper;
    expect(grantkeeper).toMatchObject({
      build: { context: '../..', dockerfile: 'server/deploy/Dockerfile' },
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      stop_grace_period: '45s',
    });
    expect(Object.keys(environment).filter((name) => !isVariable(name))).toEqual([]);
  });
});

/** A part of a manifest that a test looks into. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of a manifest is what it is there to say
type Manifest = any;

describe('the Kubernetes manifests', () => {
  const manifestsOf = (text = ''): Manifest[] => parseAllDocuments(text).map((document) => document.toJS());
  const manifests = manifestsOf(kubernetes);
  const of = (kind: string): Manifest => manifests.find((manifest) => manifest.kind === kind);
  const pods = [of('Deployment').spec.template.spec, of('CronJob').spec.jobTemplate.spec.template.spec];

  it('are valid by the schemas and types of Kubernetes', async () => {
    expect(await faultsOfManifests(manifests)).toEqual([]);
  });

  it.each([
    ['replicas: 3', 'replicas: three', '/spec/replicas must be integer'],
    ['readinessProbe:', 'readinesProbe:', `"readinesProbe"' does not exist`],
    ['sleep: {', 'slep: {', `"slep"' does not exist`],
  ])('and they find fault where %j is %j', async (before, after, fault) => {
    const changed = manifestsOf(kubernetes?.replace(before, after)).filter(
      ({ kind }) => kind === 'Deployment',
    );
    expect((await faultsOfManifests(changed)).join('\n')).toContain(fault);
  });

  it('run containers without any right, on a file system that can only be read, and as the user of the image', () => {
    const [, user] = /^USER (\d+):\d+$/m.exec(dockerfile ?? '') ?? [];
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: Number(user),
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      expect(pod.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('ask the right paths of the port that the image listens on', () => {
    const [container] = pods[0].containers;
    const [, port] = /PORT=(\d+)/.exec(dockerfile ?? '') ?? [];
    expect(container.ports).toEqual([
      { name: 'http', containerPort: Number(port) },
      { name: 'metrics', containerPort: Number(of('ConfigMap').data.METRICS_PORT) },
    ]);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual(
      ['/healthz', '/healthz', '/readyz'].map((path) => ({ path, port: 'http' })),
    );
  });

  it('have Prometheus scrape the port of the metrics, which only its namespace reaches, and no service has', () => {
    const { METRICS_PORT } = of('ConfigMap').data;
    expect(of('Deployment').spec.template.metadata.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': METRICS_PORT,
      'prometheus.io/path': '/metrics',
    });
    const open = of('NetworkPolicy').spec.ingress.map(({ from, ports }: Manifest) => [
      from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'],
      ports.map(({ port }: Manifest) => port),
    ]);
    expect(open).toEqual([
      ['ingress-nginx', ['http']],
      ['monitoring', ['metrics']],
    ]);
    expect(of('Service').spec.ports.map(({ targetPort }: Manifest) => targetPort)).toEqual(['http']);
  });

  it('let a server drain: it leaves the load balancers first, and is killed long after it has stopped', () => {
    const { terminationGracePeriodSeconds, containers } = pods[0];
    // A server cuts connections after 20 seconds.
    expect(terminationGracePeriodSeconds).toBeGreaterThan(containers[0].lifecycle.preStop.sleep.seconds + 20);
    expect(of('PodDisruptionBudget').spec.maxUnavailable).toBeLessThan(of('Deployment').spec.replicas);
  });

  it('select the servers, and not the jobs', () => {
    const { matchLabels } = of('Deployment').spec.selector;
    expect(of('Deployment').spec.template.metadata.labels).toEqual(matchLabels);
    expect(of('Service').spec.selector).toEqual(matchLabels);
    expect(of('PodDisruptionBudget').spec.selector.matchLabels).toEqual(matchLabels);
    expect(of('CronJob').spec.jobTemplate.spec.template.metadata.labels).not.toMatchObject(matchLabels);
  });

  it('set variables that the server has, and those that it needs', () => {
    const names = Object.keys(of('ConfigMap').data);
    expect(names.filter((name) => !isVariable(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['AUTH_JWKS_URI', 'AUTH_ISSUER', 'AUTH_AUDIENCE']));
  });
});

function isVariable(name: string): boolean {
  return VARIABLES.some((one) => one === name);
}
