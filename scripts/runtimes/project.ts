import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../processes/server-process.ts';

/** What the program needs beside the SDK, in Jest and for Hermes too; the newest that npm has. */
const NEEDED = [
  'react',
  '@tanstack/react-query@5',
  'jest@30',
  '@babel/core@7',
  '@react-native/babel-preset',
  'hermes-compiler',
  'esbuild',
];

const run = promisify(execFile);

/** An empty project with the packed SDK and the program. */
export class ProgramProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Packs the SDK as publishing does, and installs it. */
  static async create(): Promise<ProgramProject> {
    const project = new ProgramProject(await mkdtemp(join(tmpdir(), 'grantkeeper-runtimes-')));
    const { folder } = project;
    await cp(join(ROOT, 'scripts/runtimes/program'), folder, { recursive: true });
    const calls = 'every-call.js';
    await cp(join(ROOT, 'sdk/test/packed/projects/every-call', calls), join(folder, calls));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const pack = ['pack', '--json', '--silent', '--workspace', 'sdk', '--pack-destination', folder];
    const [{ filename }] = JSON.parse((await run('npm', pack, { cwd: ROOT })).stdout);
    await project.run({}, 'npm', 'install', '--no-audit', '--no-fund', `./${filename}`, ...NEEDED);
    return project;
  }

  /**
   * Runs a command in the project, two minutes at most.
   *
   * @returns what it printed on standard output
   * @throws if it fails, with what it printed
   */
  async run(env: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<string> {
    const options = { cwd: this.folder, env: { ...process.env, ...env }, timeout: 120_000 };
    return (await run(file, args, options)).stdout;
  }

  /** The version of a package that was installed. */
  versionOf(name: string): string {
    return createRequire(join(this.folder, 'main.cjs'))(`${name}/package.json`).version;
  }

  /** Compiles the program for Hermes. npm has its compiler, but no Hermes that runs on a computer. */
  compileForHermes(): Promise<string> {
    return this.run({}, process.execPath, 'hermes.cjs');
  }

  delete(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
