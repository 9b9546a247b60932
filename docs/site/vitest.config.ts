import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../../server/test/effort.ts';

export default defineConfig({
  test: {
    name: 'docs',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    isolate: false,
    globalSetup: ['test/build.ts', '../../server/test/engine.ts'],
    // Starting a browser takes a while on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
