import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { VARIABLES } from '../../server/src/config.ts';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Unsets every variable of the configuration, so that a process gets only what it is given. */
const UNSET = Object.fromEntries(VARIABLES.map((name) => [name, '']));

export type Command = [file: string, ...args: string[]];

/** The command `grantkeeper`, from its sources. */
export const GRANTKEEPER: Command = [process.execPath, '--import', 'tsx', 'server/src/main.ts'];

interface Ending {
  /** Null if a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A child process, started from the repository's root and configured only with what it is given. */
export class OwnProcess {
  /** Processes that have not ended. */
  static readonly living = new Set<OwnProcess>();

  /** Resolves with how it ended. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** @param as the numeric id of the user to run it as, the current one by default; only root may choose */
  constructor([file, ...args]: Command, env: NodeJS.ProcessEnv, as?: number) {
    const user = as === undefined ? {} : { uid: as, gid: as };
    const child = spawn(file, args, { cwd: ROOT, env: { ...process.env, ...UNSET, ...env }, ...user });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    this.#child = child;
    OwnProcess.living.add(this);
    this.ended = once(child, 'close').then(([code]) => {
      OwnProcess.living.delete(this);
      return { code, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  /** Resolves when its standard output matches; rejects if it ends without a match. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.#stdout);
        if (match) resolve(match);
      };
      this.#child.stdout?.on('data', look);
      this.ended.then(({ code, stdout, stderr }) => {
        look();
        reject(new Error(`it ended with ${code} and never printed ${pattern}:\n${stdout}${stderr}`));
      }, reject);
      look();
    });
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** The process id. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it was not started');
    return this.#child.pid;
  }

  /** Asks it to stop; resolves once it has. */
  stop(): Promise<Ending> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Kills it, without its children. */
  kill(): Promise<Ending> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}

/** A server that accepts requests. */
export type ServerProcess = OwnProcess & { url: string };

/**
 * Starts the server as `npm start` does, on a free port; resolves once it accepts requests. Its lists wait long
 * for pending rows, so that a slow machine causes no 503.
 */
export async function startServer(env: NodeJS.ProcessEnv, ...args: string[]): Promise<ServerProcess> {
  const server = new OwnProcess([...GRANTKEEPER, 'start', ...args], {
    PORT: '0',
    LIST_WAIT_MS: '30000',
    ...env,
  });
  const [, url = ''] = await server.printed(/"url":"([^"]+)","msg":"listening"/);
  return Object.assign(server, { url });
}

/** Resolves once a server has taken in what was written before it started. */
export async function untilReady({ url }: ServerProcess): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status === 503) await sleep(100);
}
