import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { startDemoServer } from '../contract/demo-server.ts';
import { ROOT } from '../processes/server-process.ts';
import { publishedPackages } from './packages.ts';
import { Registry } from './registry.ts';

/*
 * Rehearses a release, in a clone of what is committed: versions and changelogs from a changeset, the steps of the job
 * `publish` of release.yml against a registry on loopback, and the packages back from it in an empty project.
 */

const REPOSITORY = 'git+https://git.example.com/team/grantkeeper.git';
const HOMEPAGE = 'https://grantkeeper.example.com/';
const NOTE = 'A rehearsal of a release.';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-release-'));
const clone = join(folder, 'clone');
const project = join(folder, 'project');

/** Runs a shell command in a folder, and gives what it printed. */
async function shell(cwd: string, command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  console.log(`\n$ ${command}`);
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  const { stdout, stderr } = await run('bash', ['-c', command], options);
  return `${stdout}${stderr}`;
}

/** The commands of the job that publishes. */
async function publishSteps(): Promise<string[]> {
  const { jobs } = parse(await readFile(join(clone, '.github/workflows/release.yml'), 'utf8'));
  const commands = jobs.publish.steps.flatMap(({ run }: { run?: string }) => run ?? []);
  assert(commands.length > 1, 'release.yml has steps');
  return commands;
}

await run('git', ['clone', '--quiet', ROOT, clone]);
const registryFolder = join(folder, 'registry');
await Promise.all([mkdir(project), mkdir(registryFolder)]);
const registry = await Registry.start(registryFolder);
const server = await startDemoServer();
try {
  await shell(clone, `npm pkg set repository=${REPOSITORY} homepage=${HOMEPAGE}`);
  const bumps = (await publishedPackages(clone)).map(([, { name }]) => `"${name}": minor`);
  await writeFile(join(clone, '.changeset/rehearsal.md'), `---\n${bumps.join('\n')}\n---\n\n${NOTE}\n`);
  const [prepare = '', ...publish] = await publishSteps();
  await shell(clone, prepare);
  await shell(clone, 'npm run version');
  const packages = await publishedPackages(clone);
  for (const [path, { version }] of packages) {
    const changelog = await readFile(join(clone, path, 'CHANGELOG.md'), 'utf8');
    const [newest = ''] = changelog.split(/^(?=## )/m).slice(1);
    assert(newest.startsWith(`## ${version}\n`) && newest.includes(NOTE), `the changelog of ${path}`);
  }
  for (const name of ['registry', '@grantkeeper:registry']) {
    const used = await shell(clone, `npm config get ${name}`, registry.env);
    assert.equal(used.trim(), registry.url, 'nothing is published but to loopback');
  }
  for (const command of publish) console.log(await shell(clone, command, registry.env));
  for (const command of publish) {
    assert.match(await shell(clone, command, registry.env), /No unpublished/, 'publishes nothing twice');
  }

  const wanted = packages.map(([, { name, version }]) => `${name}@${version}`);
  await writeFile(join(project, '.npmrc'), `@grantkeeper:registry=${registry.url}\n`);
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const install = ['npm install --no-audit --no-fund', ...wanted, 'mongodb@7 oidc-provider@9'];
  await shell(project, install.join(' '));
  for (const [directory, { name, version }] of packages) {
    const manifest = JSON.parse(await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8'));
    const { repository, homepage } = manifest;
    assert.deepEqual(
      { version: manifest.version, repository, homepage },
      { version, repository: { type: 'git', url: REPOSITORY, directory }, homepage: HOMEPAGE },
    );
  }

  await cp(join(ROOT, 'scripts/release/use.js'), join(project, 'use.js'));
  await writeFile(join(project, 'inputs.json'), JSON.stringify(server.inputs));
  const { url, inputs } = server;
  console.log(await shell(project, 'node use.js', { URL: url, TOKEN: inputs.person_token }));
  const options = `--url ${url} --inputs inputs.json --requests 20`;
  console.log(await shell(project, `npx --no-install contract-tests ${options}`));
  console.log(`\nReleased, installed and used: ${wanted.join(', ')}`);
} finally {
  registry.stop();
  await server.stop();
  await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
}
