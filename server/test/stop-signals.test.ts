import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onStopSignal } from '../src/stop-signals.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('takes the signals of a second for one, and leaves later ones to the system, which ends the process', () => {
  const signals = new EventEmitter();
  const stop = vi.fn();
  onStopSignal(stop, signals);
  for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM']) expect(signals.emit(signal)).toBe(true);
  vi.advanceTimersByTime(999);
  expect(signals.emit('SIGINT')).toBe(true);
  vi.advanceTimersByTime(1);
  expect([signals.emit('SIGINT'), signals.emit('SIGTERM')]).toEqual([false, false]);
  expect(stop).toHaveBeenCalledOnce();
});
