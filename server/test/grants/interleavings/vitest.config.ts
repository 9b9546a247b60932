import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** A project of its own: it mocks node:timers/promises, and in the server project files share their modules. */
export default defineConfig({
  test: {
    name: 'interleavings',
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: fileURLToPath(new URL('../../engine.ts', import.meta.url)),
  },
});
