import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long Verdaccio may take to start, in milliseconds: `npx` gets it from npm first. */
const MAX_START = 180_000;

/** A registry on loopback that has only our packages, and takes them from anyone. */
export class Registry {
  readonly #process: ChildProcess;
  readonly url: string;
  /** What makes npm and changesets use it for our packages, and no other registry. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(process: ChildProcess, url: string, env: NodeJS.ProcessEnv) {
    this.#process = process;
    this.url = url;
    this.env = env;
  }

  /** Starts Verdaccio with its data in a folder; resolves once it answers. */
  static async start(folder: string): Promise<Registry> {
    const url = `http://127.0.0.1:${await freePort()}/`;
    const config = {
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      packages: { '@grantkeeper/*': { access: '$all', publish: '$all' } },
      log: { type: 'stdout', level: 'warn' },
    };
    // JSON is YAML.
    await writeFile(join(folder, 'verdaccio.yaml'), JSON.stringify(config));
    const command = ['--yes', '--package=verdaccio@6', '--', 'verdaccio', '--config', 'verdaccio.yaml'];
    // In a group of its own, for npx does not pass signals on.
    const child = spawn('npx', [...command, '--listen', url], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const scope = '@grantkeeper:registry';
    const registry = new Registry(child, url, {
      [`npm_config_${scope}`]: url,
      [`npm_config_${url.slice('http:'.length)}:_authToken`]: 'npm wants one, Verdaccio does not',
    });
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
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGTERM');
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  return address.port;
}
