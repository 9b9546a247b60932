import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'oidc-provider',
    include: ['test/**/*.test.ts'],
    globalSetup: '../test/engine.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
