import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../../effort.ts';

/** A project of its own: it mocks node:timers/promises, and in the server project files share their modules. */
export default defineConfig({
  test: {
    name: 'interleavings',
    include: ['*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: fileURLToPath(new URL('../../engine.ts', import.meta.url)),
  },
});
