import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../processes/server-process.ts';

interface Workflow {
  permissions: unknown;
  jobs: Record<string, Job>;
}

interface Job {
  'timeout-minutes'?: number;
  strategy?: { matrix: Record<string, unknown[]> };
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

const FOLDER = '.github/workflows';
const read = (name: string): Workflow => parse(readFileSync(join(ROOT, FOLDER, name), 'utf8'));
const names = readdirSync(join(ROOT, FOLDER));
const { scripts, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

describe.each(names)('%s', (name) => {
  const workflow = read(name);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('runs only commands that there are', () => {
    const commands = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]);
    expect(commands.map(([, command = '']) => command).filter((command) => !(command in scripts))).toEqual(
      [],
    );
  });

  it('may only read the repository, and leaves no token in the checkout', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    for (const { with: options } of checkouts)
      expect(options).toMatchObject({ 'persist-credentials': false });
  });
});

describe('ci.yml', () => {
  const { jobs } = read('ci.yml');

  it('runs the suite on the Node.js versions that the guide on upgrades names, from the oldest supported', () => {
    const { node, os } = jobs.node?.strategy?.matrix ?? {};
    const guide = readFileSync(join(ROOT, 'docs/guides/upgrading.md'), 'utf8');
    const [, versions = ''] = /The tests run on ([\d, and]+)\./.exec(guide) ?? [];
    expect(node?.map(String)).toEqual(versions.match(/\d+/g));
    expect(engines.node).toMatch(new RegExp(`^>=${node?.[0]}\\.`));
    expect(os).toEqual(['ubuntu-latest', 'macos-latest']);
  });

  it('runs it on a replica set and on a sharded cluster', () => {
    expect(jobs.mongodb?.strategy?.matrix.topology).toEqual(['replica set', 'sharded cluster']);
  });

  it('gives every job a time limit', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});
