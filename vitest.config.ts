import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'server',
      'server/test/grants/interleavings',
      'server/oidc-provider',
      'sdk',
      'sdk/contract-tests',
      'docs/site',
      'scripts',
    ],
    // Files wait for engines, browsers and processes a third of their time.
    maxWorkers: Math.max(3, availableParallelism() - 1),
  },
});
