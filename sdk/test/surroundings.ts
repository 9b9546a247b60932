import { clientOver } from '../src/client.ts';
import type { Environment } from '../src/environment.ts';
import type { Client } from '../src/generated/client/types.gen.ts';
import { createTransport, type TransportOptions } from '../src/transport.ts';

/** What the transport takes from around it, in the hands of a test: nothing waits. */
export class Surroundings implements Environment {
  /** How long it was told to sleep, in milliseconds, each time. */
  readonly slept: number[] = [];
  /** The time limits that it was asked for, each with what ends it. */
  readonly timeouts: { milliseconds: number; end: () => void }[] = [];
  /** How many of them run still. */
  running = 0;
  time = Date.parse('2026-06-01T12:00:00.000Z');
  chance = 0;
  /** What sleeping takes: nothing, unless a test has other plans. */
  sleeping: (signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve();

  fetch = globalThis.fetch;
  readonly now = () => this.time;
  readonly random = () => this.chance;
  /** How many keys it has made: each is another number. */
  keys = 0;
  readonly newKey = () => `key-${++this.keys}`;

  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    this.slept.push(milliseconds);
    return this.sleeping(signal);
  }

  /** Ends the time of a try, from 0, as soon as it runs. */
  async endTime(index: number): Promise<void> {
    while (!this.timeouts[index]) await new Promise((resolve) => setImmediate(resolve));
    this.timeouts[index].end();
  }

  after(milliseconds: number, act: () => void): () => void {
    this.running++;
    this.timeouts.push({ milliseconds, end: act });
    return () => {
      this.running--;
    };
  }
}

/** A client in these surroundings. */
export function clientIn(
  around: Surroundings,
  baseUrl: string,
  options: Partial<TransportOptions> = {},
): Client {
  return clientOver(createTransport({ token: 'a-token', ...options }, around), { baseUrl });
}

/** What a call rejects with. Fails where it does not. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call did not fail');
}
