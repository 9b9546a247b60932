import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../test/effort.ts';

export default defineConfig({
  test: {
    name: 'oidc-provider',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    globalSetup: '../test/engine.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
