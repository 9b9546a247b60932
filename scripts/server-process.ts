import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Every variable of the configuration, not set, so that a process gets only what it is given. */
const UNSET = {
  NODE_ENV: '',
  HOST: '',
  PORT: '',
  MONGODB_URI: '',
  AUTO_INDEX: '',
  DATA_DIR: '',
  AUTH_ISSUER: '',
  AUTH_AUDIENCE: '',
  AUTH_JWKS_URI: '',
  AUTH_JWKS_MAX_STALE_SECONDS: '',
  CORS_ORIGINS: '',
  PUBLIC_URL: '',
  TRUSTED_PROXIES: '',
  LIST_WAIT_MS: '',
  LOG_LEVEL: '',
};

export type Command = [file: string, ...args: string[]];

/** What `npm start` runs. */
export const START: Command = [process.execPath, '--import', 'tsx', 'server/src/main.ts'];

interface Ending {
  /** Null where a signal ended the process. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A process of ours, started from the repository's root with nothing configured but what it is given. */
export class OwnProcess {
  /** Those that have not ended. */
  static readonly living = new Set<OwnProcess>();

  /** How it ended, once it has. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** @param as the user to run it as, by number; as this one without. Only root may choose */
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

  /** Resolves when what it has printed on standard output matches; rejects when it ends without. */
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

  /** Its number, as the system has it. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it was not started');
    return this.#child.pid;
  }

  /** Asks it to stop, and resolves when it has. */
  stop(): Promise<Ending> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Ends it at once, and nothing else. */
  kill(): Promise<Ending> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }
}

/** A server that takes requests. */
export type ServerProcess = OwnProcess & { url: string };

/** Starts the server as `npm start` does, on a free port, and resolves when it takes requests. */
export async function startServer(env: NodeJS.ProcessEnv, ...args: string[]): Promise<ServerProcess> {
  const server = new OwnProcess([...START, ...args], { PORT: '0', ...env });
  const [, url = ''] = await server.printed(/"url":"([^"]+)","msg":"listening"/);
  return Object.assign(server, { url });
}

/** Resolves when a server has taken in what was written before it started. */
export async function untilReady({ url }: ServerProcess): Promise<void> {
  while ((await fetch(`${url}/readyz`)).status === 503) await sleep(100);
}
