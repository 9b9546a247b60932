import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from './test/effort.ts';

export default defineConfig({
  // The demo imports the adapter by its name. The tests use its source: on a clean checkout nothing is built.
  resolve: {
    alias: [
      {
        find: /^@grantkeeper\/oidc-provider$/,
        replacement: fileURLToPath(new URL('oidc-provider/src/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    name: 'server',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut, 'test/grants/interleavings/**'],
    globalSetup: ['test/engine.ts', '../docs/site/test/build.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Loading the server takes longer than most files' tests.
    isolate: false,
  },
});
