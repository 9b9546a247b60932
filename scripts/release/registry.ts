import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { listen } from '../../server/src/http/listen.ts';

/** How long Verdaccio may take to start, in milliseconds. */
const MAX_START = 60_000;

/** A registry on loopback that has only our packages, and takes them from anyone. */
export class Registry {
  readonly #process: ChildProcess;
  readonly url: string;
  /** What makes npm and changesets use this registry alone, with no token for another. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(process: ChildProcess, url: string, env: NodeJS.ProcessEnv) {
    this.#process = process;
    this.url = url;
    this.env = env;
  }

  /** Gets Verdaccio from npm and starts it, all in an empty folder; resolves once it answers. */
  static async start(folder: string): Promise<Registry> {
    // Verdaccio wants its port named: one that has just been free.
    const free = await listen(() => undefined, { host: '127.0.0.1', port: 0 });
    await free.close();
    const url = `${free.url}/`;
    const config = {
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      packages: { '@grantkeeper/*': { access: '$all', publish: '$all' } },
      log: { type: 'stdout', level: 'warn' },
    };
    // JSON is YAML.
    await writeFile(join(folder, 'verdaccio.yaml'), JSON.stringify(config));
    // Verdaccio asks for node-fetch by a tag, which not every registry has.
    const manifest = { private: true, overrides: { 'node-fetch': '2' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', ['install', ...quiet, 'verdaccio@6'], { cwd: folder });
    const verdaccio = join(folder, 'node_modules/.bin/verdaccio');
    const child = spawn(verdaccio, ['--config', 'verdaccio.yaml', '--listen', url], {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // A shell drops variables with names such as `npm_config_@scope:registry`, so the rest is in a file. It takes the place
    // of the user's own, and with it of any token for a public registry: what is rehearsed can reach none.
    const npmrc = join(folder, 'npmrc');
    const token = `${url.slice('http:'.length)}:_authToken=any`;
    await writeFile(npmrc, `registry=${url}\n@grantkeeper:registry=${url}\n${token}\n`);
    const registry = new Registry(child, url, { npm_config_registry: url, NPM_CONFIG_USERCONFIG: npmrc });
    const end = Date.now() + MAX_START;
    while (!(await fetch(`${url}-/ping`).catch(() => undefined))?.ok) {
      if (Date.now() > end || child.exitCode !== null) {
        registry.stop();
        throw new Error('Verdaccio did not start');
      }
      await sleep(200);
    }
    return registry;
  }

  stop(): void {
    this.#process.kill();
  }
}
