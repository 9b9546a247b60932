import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'server',
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/engine.ts', '../docs/site/test/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
