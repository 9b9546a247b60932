import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../server/test/effort.ts';

export default defineConfig({
  test: {
    name: 'scripts',
    include: ['**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    isolate: false,
    testTimeout: 120_000,
  },
});
