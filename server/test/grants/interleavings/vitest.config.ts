import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** A project of its own, because it takes the place of a module that all others share. */
export default defineConfig({
  test: {
    name: 'interleavings',
    include: ['*.test.ts'],
    globalSetup: fileURLToPath(new URL('../../engine.ts', import.meta.url)),
  },
});
