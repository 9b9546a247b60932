import { vi } from 'vitest';

/** Longer than a busy machine needs for anything, in milliseconds: reached only where something is broken. */
export const PATIENCE = 60_000;

/** Resolves once `check` neither throws nor rejects; after a minute, rejects with what it last threw. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: PATIENCE, interval: 2 });
}
