import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'sdk',
    include: ['test/**/*.test.ts'],
    isolate: false,
    globalSetup: ['test/packed/pack.ts', 'test/pages/build.ts'],
    // Installing and compiling a project takes a while on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
