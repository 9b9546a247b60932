import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { build } from 'esbuild';

const { default: binary, compatibilityDate } = createRequire(import.meta.url)('workerd');

/** Workers run as of a date: an old one, and the newest that this workerd knows. */
const DATES = ['2022-10-31', compatibilityDate];

/** Cloudflare's own runtime, with a worker that runs as of an old date and as of today. */
export class Workerd {
  readonly #process: ChildProcess;
  /** Where the worker answers, the oldest date first. */
  readonly urls: readonly string[];

  private constructor(process: ChildProcess, urls: string[]) {
    this.#process = process;
    this.urls = urls;
  }

  /**
   * Bundles `worker.js` of a folder and runs it, without any of Node's modules and globals.
   *
   * @param setting what the worker finds in its environment as SETTING
   */
  static async start(folder: string, setting: string): Promise<Workerd> {
    await build({
      entryPoints: [join(folder, 'worker.js')],
      outfile: join(folder, 'bundle.js'),
      bundle: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker'],
      absWorkingDir: folder,
    });
    await writeFile(join(folder, 'config.capnp'), config());
    const child = spawn(binary, ['serve', 'config.capnp', '--control-fd=3'], {
      cwd: folder,
      env: { SETTING: setting },
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    const told = child.stdio[3];
    if (!(told instanceof Readable)) throw new Error('workerd has no control pipe');
    const urls: string[] = [];
    for await (const line of createInterface({ input: told })) {
      const { event, socket, port } = JSON.parse(line);
      if (event === 'listen') urls[Number(socket)] = `http://127.0.0.1:${port}`;
      if (urls.filter(Boolean).length === DATES.length) return new Workerd(child, urls);
    }
    throw new Error('workerd did not start');
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}

function config(): string {
  const sockets = DATES.map(
    (_date, index) => `(name = "${index}", address = "127.0.0.1:0", http = (), service = "worker-${index}")`,
  );
  const workers = DATES.map(
    (date, index) => `(name = "worker-${index}", worker = (
      modules = [(name = "worker", esModule = embed "bundle.js")],
      compatibilityDate = "${date}",
      bindings = [(name = "SETTING", fromEnvironment = "SETTING")]
    ))`,
  );
  const internet = '(name = "internet", network = (allow = ["public", "private", "local"]))';
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${[...workers, internet].join(', ')}],
  sockets = [${sockets.join(', ')}]
);
`;
}
