import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../server/src/demo/random.ts';
import type { Platform, Supervised } from './platform.ts';
import type { Receiver } from './receiver.ts';
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

/** Breaks something; returns what resolves once it is up again. */
type Act = () => Promise<{ over: Promise<unknown> }>;

type FaultName =
  | 'server killed'
  | 'server restarted'
  | 'engine killed'
  | `${'connections' | 'bytes'} of ${'clients' | 'servers' | 'receivers'} ${'cut' | 'held'}`
  | 'receiver down';

/** Something that was broken on purpose. Times are milliseconds of the clock of calls. */
export interface Fault {
  name: FaultName;
  from: number;
  /** When all of it was up again. */
  to: number;
}

/**
 * Lets faults happen at random moments until it is told to stop; then everything is up again.
 *
 * @param called how many calls are over
 */
export async function breakThings(
  platform: Platform,
  chance: Chance,
  { called, stopping }: { called: () => number; stopping: AbortSignal },
): Promise<Fault[]> {
  // However slow the machine is, some calls get through.
  const untilCalled = async (calls: number) => {
    const [start, before] = [performance.now(), called()];
    while (called() - before < calls && performance.now() - start < MAX_PAUSE && !stopping.aborted) {
      await sleep(POLL);
    }
  };
  const happened: Fault[] = [];
  const { engine, servers, front, back, receivers } = platform;
  const direction = (): Direction => chance.pick(['up', 'down']);
  const holding = (proxy: TcpProxy): Act => {
    const [way, time] = [direction(), chance.pick(HOLDS)];
    return async () => {
      const over = sleep(time);
      proxy.hold(way, over);
      return { over };
    };
  };
  const cutting = (proxy: TcpProxy): Act => {
    return async () => {
      proxy.cut();
      return { over: Promise.resolve() };
    };
  };
  /** One at a time, or nobody would get an answer. */
  const ending = (process: Supervised, end: 'kill' | 'restart'): Act => {
    return async () => {
      if ([engine, ...servers].some(({ port }) => port === undefined)) return { over: process.untilUp() };
      const ended = process[end]();
      // What is restarted in an orderly way may need the bytes that wait for this.
      if (end === 'kill') await ended;
      return { over: ended.then(() => process.untilUp()) };
    };
  };
  const leaving = (receiver: Receiver): Act => {
    const time = chance.pick(HOLDS);
    return async () => {
      receiver.isDown = true;
      receiver.proxy.cut();
      const over = sleep(time).then(() => {
        receiver.isDown = false;
      });
      return { over };
    };
  };
  const server = () => chance.pick(servers);
  const receiver = () => chance.pick(receivers);
  const faults: [name: FaultName, make: () => Act][] = [
    ['server killed', () => ending(server(), 'kill')],
    ['server killed', () => ending(server(), 'kill')],
    ['server restarted', () => ending(server(), 'restart')],
    ['engine killed', () => ending(engine, 'kill')],
    ['connections of clients cut', () => cutting(front)],
    ['connections of servers cut', () => cutting(back)],
    ['connections of receivers cut', () => cutting(receiver().proxy)],
    ['bytes of clients held', () => holding(front)],
    ['bytes of servers held', () => holding(back)],
    ['bytes of receivers held', () => holding(receiver().proxy)],
    ['receiver down', () => leaving(receiver())],
  ];
  const lasting: Promise<unknown>[] = [];
  while (!stopping.aborted) {
    await untilCalled(chance.between(0, MAX_CALLS));
    const [name, make] = chance.pick(faults);
    const act = make();
    // Few chunks pass between servers and receivers: the first ones after now.
    const [proxy, chunks] = chance.often(30)
      ? [receiver().proxy, chance.between(0, 3)]
      : [back, chance.between(0, MAX_CHUNKS)];
    await new Promise<void>((resolve) => {
      const spring = proxy.trap(direction(), chunks, async () => {
        const fault: Fault = { name, from: performance.now(), to: Number.POSITIVE_INFINITY };
        happened.push(fault);
        const { over } = await act().finally(resolve);
        lasting.push(
          over.then(() => {
            fault.to = performance.now();
          }),
        );
      });
      setTimeout(spring, MAX_WAIT);
    });
  }
  await Promise.all(lasting);
  return happened;
}
