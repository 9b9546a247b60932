import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../server/src/demo/random.ts';
import type { Platform, Supervised } from './platform.ts';
import type { Direction, TcpProxy } from './tcp-proxy.ts';

/** How many calls are made between two faults, at most; and how long it takes if nobody gets an answer, in milliseconds. */
const MAX_CALLS = 6;
const MAX_PAUSE = 5_000;
/** How long bytes are held, in milliseconds: sometimes longer than callers wait. */
const HOLDS = [50, 300, 1_000, 2_500, 9_000];
/** A fault comes after so many chunks between servers and engine, at most; or after this time if there are fewer. */
const MAX_CHUNKS = 80;
const MAX_WAIT = 1_500;

const POLL = 20;

/** How often each kind of fault happened. */
export type FaultCounts = Record<string, number>;

/**
 * Lets faults happen at random moments until it is told to stop; then everything is up again.
 *
 * @param called how many calls are over
 */
export async function breakThings(
  platform: Platform,
  chance: Chance,
  { called, stopping }: { called: () => number; stopping: AbortSignal },
): Promise<FaultCounts> {
  // However slow the machine is, some calls get through.
  const untilCalled = async (calls: number) => {
    const [start, before] = [performance.now(), called()];
    while (called() - before < calls && performance.now() - start < MAX_PAUSE && !stopping.aborted) {
      await sleep(POLL);
    }
  };
  const counts: FaultCounts = {};
  const { engine, servers, front, back } = platform;
  const direction = (): Direction => chance.pick(['up', 'down']);
  const held: Promise<unknown>[] = [];
  const holding = (proxy: TcpProxy) => {
    const [way, time] = [direction(), chance.pick(HOLDS)];
    return async () => {
      const end = sleep(time);
      held.push(end);
      proxy.hold(way, end);
    };
  };
  /** One at a time, or nobody would get an answer. */
  const killing = (process: Supervised) => async () => {
    if ([engine, ...servers].every(({ port }) => port !== undefined)) await process.kill();
  };
  const server = () => chance.pick(servers);
  const faults: [name: string, make: () => () => Promise<unknown>][] = [
    ['server killed', () => killing(server())],
    ['server killed', () => killing(server())],
    ['engine killed', () => killing(engine)],
    ['connections of clients cut', () => async () => front.cut()],
    ['connections of servers cut', () => async () => back.cut()],
    ['bytes of clients held', () => holding(front)],
    ['bytes of servers held', () => holding(back)],
  ];
  while (!stopping.aborted) {
    await untilCalled(chance.between(0, MAX_CALLS));
    const [name, make] = chance.pick(faults);
    const act = make();
    await new Promise<void>((resolve) => {
      const spring = back.trap(direction(), chance.between(0, MAX_CHUNKS), () => act().finally(resolve));
      setTimeout(spring, MAX_WAIT);
    });
    counts[name] = (counts[name] ?? 0) + 1;
  }
  await Promise.all([...held, ...[engine, ...servers].map((process) => process.untilUp())]);
  return counts;
}
