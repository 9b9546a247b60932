import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { ROOT } from '../../../scripts/processes/server-process.ts';

/** How a command ended. */
export interface Outcome {
  code: number;
  /** What it printed, on either stream. */
  output: string;
}

/** An empty project somewhere else, with the packed SDK installed, and whatever it is given. */
export class Project {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Makes a project and installs what it needs.
   *
   * @param template a folder in `projects/` to copy, if any
   * @param dependencies beside the SDK; each in the version of the repository's lockfile
   */
  static async create(template: string | undefined, dependencies: string[]): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), 'grantkeeper-project-')));
    if (template) await project.copy(template);
    await project.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    const wanted = await Promise.all(dependencies.map(async (name) => `${name}@${await versionOf(name)}`));
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--save-exact', '--loglevel=error'];
    const { code, output } = await project.run('npm', 'install', ...quiet, inject('tarball'), ...wanted);
    if (code !== 0) throw new Error(output);
    return project;
  }

  /** Copies a folder of `projects/` into the project. */
  copy(folder: string): Promise<void> {
    const source = fileURLToPath(new URL(`projects/${folder}`, import.meta.url));
    return cp(source, this.folder, { recursive: true });
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Runs a command in the project. */
  run(file: string, ...args: string[]): Promise<Outcome> {
    return this.runWith({}, file, ...args);
  }

  /** Runs a command in the project, with more in its environment. */
  runWith(env: NodeJS.ProcessEnv, file: string, ...args: string[]): Promise<Outcome> {
    const options = { cwd: this.folder, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
    return new Promise((resolve) => {
      execFile(file, args, options, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` });
      });
    });
  }

  /** Runs what a package of the project puts into `node_modules/.bin`. */
  bin(name: string, ...args: string[]): Promise<Outcome> {
    return this.run(join(this.folder, 'node_modules/.bin', name), ...args);
  }

  delete(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

async function versionOf(name: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
  const { version } = packages[`sdk/node_modules/${name}`] ?? packages[`node_modules/${name}`];
  return version;
}
