import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../server/test/effort.ts';

export default defineConfig({
  test: {
    name: 'sdk',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    isolate: false,
    globalSetup: ['test/packed/pack.ts', 'test/pages/build.ts'],
    // Installing and compiling a project takes a while on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
