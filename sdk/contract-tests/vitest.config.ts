import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../../server/test/effort.ts';

export default defineConfig({
  test: {
    name: 'contract-tests',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
