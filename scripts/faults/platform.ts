import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { embeddedMongod } from '../../server/src/database/embedded/engine-command.ts';
import type { Chance } from '../../server/src/demo/random.ts';
import { OwnProcess, startServer } from '../processes/server-process.ts';
import { RECEIVERS, Receiver } from './receiver.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** How long to wait before a start is tried again, in milliseconds. */
const RETRY = 300;
const DATABASE = 'faults';

interface Started {
  process: OwnProcess;
  port: number;
}

interface Watch {
  /** Told what a process printed, once it has ended. */
  onEnd(stdout: string): void;
  /** Told why one ended that nobody killed, once it was up. */
  onCrash(text: string): void;
}

/** A process that is started again whenever it has ended, as by a supervisor. */
export class Supervised {
  readonly #start: () => Promise<Started>;
  readonly #watch: Watch;
  #running: Started | undefined;
  #ending: 'killed' | 'restarted' | 'stopped' | undefined;

  private constructor(start: () => Promise<Started>, watch: Watch) {
    this.#start = start;
    this.#watch = watch;
  }

  static async start(start: () => Promise<Started>, watch: Watch): Promise<Supervised> {
    const supervised = new Supervised(start, watch);
    supervised.#run(await start());
    return supervised;
  }

  /** Where it listens; undefined while it is down, or about to be. */
  get port(): number | undefined {
    return this.#ending ? undefined : this.#running?.port;
  }

  /** Kills it at once, if it is up; resolves once it has ended. */
  async kill(): Promise<void> {
    if (!this.#running || this.#ending) return;
    this.#ending = 'killed';
    await this.#running.process.kill();
  }

  /** Lets it end in an orderly way, if it is up; resolves once it has. */
  async restart(): Promise<void> {
    if (!this.#running || this.#ending) return;
    this.#ending = 'restarted';
    await this.#running.process.stop();
  }

  async stop(): Promise<void> {
    await this.untilUp();
    this.#ending = 'stopped';
    await this.#running?.process.stop();
  }

  async untilUp(): Promise<void> {
    while (!this.#running) await sleep(RETRY);
  }

  #run(running: Started): void {
    this.#running = running;
    void running.process.ended.then(async ({ code, stdout, stderr }) => {
      const ending = this.#ending;
      this.#running = undefined;
      this.#ending = undefined;
      this.#watch.onEnd(stdout);
      if (!ending) this.#watch.onCrash(`ended by itself with ${code}: ${stderr}${stdout.slice(-2_000)}`);
      if (ending === 'stopped') return;
      this.#run(await this.#startAgain());
    });
  }

  async #startAgain(): Promise<Started> {
    for (;;) {
      try {
        return await this.#start();
      } catch {
        // A server that finds no engine ends; a supervisor tries again.
        await sleep(RETRY);
      }
    }
  }
}

/**
 * Two servers on one engine, each a process of its own. Clients reach the servers, and the servers the engine, through
 * proxies.
 */
export interface Platform {
  engine: Supervised;
  servers: readonly [Supervised, Supervised];
  /** Between clients and servers: a new connection leads to any server that is up. */
  front: TcpProxy;
  /** Between servers and engine. */
  back: TcpProxy;
  /** Where servers send webhooks to, each through a proxy of its own. */
  receivers: Receiver[];
  /** The database as the servers know it, through the proxy. */
  uri: string;
  /** Processes that ended though nobody killed them. */
  crashes: string[];
  /** What servers logged of requests that failed in a way that they did not expect. */
  errors: string[];
  stop(): Promise<void>;
}

/** @param folder for the engine's data, the servers' key, and their list of receivers */
export async function startPlatform(folder: string, chance: Chance): Promise<Platform> {
  const crashes: string[] = [];
  const errors: string[] = [];
  const watching = (name: string): Watch => ({
    onEnd: (stdout) => errors.push(...stdout.split('\n').filter((line) => /"statusCode":500/.test(line))),
    onCrash: (text) => crashes.push(`${name} ${text}`),
  });
  const { path, env } = await embeddedMongod({ info: console.error });
  const engine = await Supervised.start(async () => {
    const options = ['--port', '0', '--dbpath', join(folder, 'engine'), '--journal'];
    const process = new OwnProcess([path, ...options], env);
    const [, port] = await process.printed(/waiting for connections on .*:(\d+)/);
    return { process, port: Number(port) };
  }, watching('the engine'));
  const back = await TcpProxy.open(() => engine.port);
  const uri = `mongodb://127.0.0.1:${back.port}/${DATABASE}`;
  const receivers: Receiver[] = [];
  for (const which of RECEIVERS) receivers.push(await Receiver.open(which, chance));
  const webhooks = join(folder, 'receivers.json');
  await writeFile(webhooks, JSON.stringify(receivers.map(({ config }) => config)));
  const supervise = () =>
    Supervised.start(async () => {
      const server = await startServer({
        ...{ MONGODB_URI: uri, DATA_DIR: folder },
        ...{ RATE_LIMITS: 'off', MAX_IN_FLIGHT: '1000' },
        ...{ WEBHOOKS_FILE: webhooks, WEBHOOKS_ALLOW_PRIVATE: 'true' },
      });
      return { process: server, port: Number(new URL(server.url).port) };
    }, watching('a server'));
  const servers = [await supervise(), await supervise()] as const;
  let turn = 0;
  const front = await TcpProxy.open(() => {
    turn += 1;
    return servers[turn % 2]?.port ?? servers[(turn + 1) % 2]?.port;
  });
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([front, back, ...receivers].map((one) => one.close()));
    await engine.stop();
  };
  return { engine, servers, front, back, receivers, uri, crashes, errors, stop };
}
