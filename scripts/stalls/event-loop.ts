import { openSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/**
 * Watches the event loop of this process.
 *
 * @returns a function that returns the longest turn of the loop since its last call, in milliseconds: CPU time of this
 * thread if the system reports it (Linux), so that other processes on the machine do not count; else elapsed time
 */
export function longestStall(): () => number {
  const now = threadClock();
  let longest = 0;
  let last = now();
  const turn = () => {
    const at = now();
    longest = Math.max(longest, at - last);
    last = at;
    setImmediate(turn);
  };
  turn();
  return () => {
    const stall = longest;
    longest = 0;
    return stall;
  };
}

/** A clock, in milliseconds, that stands still while this thread does not run, if there is one. */
function threadClock(): () => number {
  if (process.platform !== 'linux') return () => performance.now();
  // Its first number is the nanoseconds that the thread has spent on a CPU. The main thread's id is the process's.
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(64);
  return () => {
    const length = readSync(file, buffer, 0, buffer.length, 0);
    return Number(buffer.toString('latin1', 0, length).split(' ')[0]) / 1e6;
  };
}
