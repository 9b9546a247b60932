import { clientOver } from '../src/client.ts';
import type { Environment } from '../src/environment.ts';
import type { Client } from '../src/generated/client/types.gen.ts';
import { createTransport, type TransportOptions } from '../src/transport.ts';

/** What the transport takes from around it, in the hands of a test: nothing waits. */
export class Surroundings implements Environment {
  /** How long it was told to sleep, in milliseconds, each time. */
  readonly slept: number[] = [];
  /** The timeouts that it was asked for. */
  readonly timeouts: { milliseconds: number; end: () => void }[] = [];
  time = Date.parse('2026-06-01T12:00:00.000Z');
  chance = 0;
  /** What sleeping takes: nothing, unless a test has other plans. */
  sleeping: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();

  readonly fetch = globalThis.fetch;
  readonly now = () => this.time;
  readonly random = () => this.chance;

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.slept.push(milliseconds);
    return this.sleeping(signal);
  }

  timeout(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.timeouts.push({ milliseconds, end: () => controller.abort() });
    return controller.signal;
  }
}

/** A client in these surroundings. */
export function clientIn(
  around: Surroundings,
  baseUrl: string,
  options: Partial<TransportOptions> = {},
): Client {
  return clientOver(createTransport({ token: 'a-token', ...options }, around)(), { baseUrl });
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
