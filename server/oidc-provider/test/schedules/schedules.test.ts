import { afterAll, beforeAll, expect, it } from 'vitest';
import { times } from '../../../test/effort.ts';
import { storeThrough } from '../../../test/grants/interleavings/commands.ts';
import { Random } from '../../../test/grants/interleavings/random.ts';
import { realStore, Steps } from '../../../test/grants/interleavings/steps.ts';
import { expectNoDifference } from '../../../test/grants/read-model/actors.ts';
import { Service } from '../../../test/service.ts';
import { AuthorizationServer } from '../authorization-server.ts';
import { Gate } from './gate.ts';
import { type Cast, runSchedule } from './schedule.ts';

const RUNS = Number(process.env.SCHEDULES ?? times(3, 60));
const SEED = Number(process.env.SEED ?? 1);
const gate = new Gate();

/** A server whose read model waits for its turn before each command. */
function server(process: string): Service {
  return new Service({
    around: (store) => {
      const steps = new Steps({
        store: realStore(service(process).store, store),
        scheduler: gate.of(process),
        random: new Random(SEED),
        onWritten: () => undefined,
        someRow: () => undefined,
      });
      return storeThrough(store, (command) => steps.take(command));
    },
  });
}

const servers = { s0: server('s0'), s1: server('s1') };
const service = (process: string) => (process === 's0' ? servers.s0 : servers.s1);

/** A provider that waits for its turn before each command. */
function provider(process: string): AuthorizationServer {
  const made = new AuthorizationServer(servers.s0);
  made.perform = (command, name) => gate.of(process).step(() => name, command);
  return made;
}

const cast: Cast = {
  gate,
  services: [servers.s0, servers.s1],
  providers: [provider('p0'), provider('p1')],
};

beforeAll(async () => {
  await servers.s0.start();
  await servers.s1.start([], servers.s0.uri);
  for (const one of cast.providers) await one.start();
});
afterAll(async () => {
  for (const one of cast.providers) await one.stop();
  await servers.s1.stop();
  await servers.s0.stop();
});

it(
  'no token outlives its revocation, and none is lost to a suspension, in whatever order commands come and whoever crashes',
  async () => {
    const sum = { commands: 0, refreshes: 0, revocations: 0, suspensions: 0 };
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const { mistakes, ...counts } = await runSchedule(seed, cast);
      if (mistakes.length > 0) {
        const trace = gate.trace.map((line, index) => `${index + 1} ${line()}`);
        throw new Error(`seed ${seed}: ${mistakes.join('; ')}\n${trace.join('\n')}`);
      }
      await expectNoDifference(servers.s1.model);
      sum.commands += counts.commands;
      sum.refreshes += counts.refreshes;
      sum.revocations += counts.revocations;
      sum.suspensions += counts.suspensions;
    }
    expect(sum.refreshes).toBeGreaterThan(0);
    expect(sum.revocations + sum.suspensions).toBeGreaterThanOrEqual(RUNS);
    process.stdout.write(
      `  schedules: ${RUNS} from seed ${SEED}, ${sum.commands} commands, ${sum.refreshes} refreshes, ${sum.revocations} revocations, ${sum.suspensions} suspensions\n`,
    );
  },
  30_000 + RUNS * 5_000,
);
