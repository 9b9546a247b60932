import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { leftOut } from '../server/test/effort.ts';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The pages import the SDK by its name. Their tests use its source: on a clean checkout nothing is built.
  resolve: {
    alias: [
      { find: /^@grantkeeper\/sdk$/, replacement: source('src/index.ts') },
      { find: /^@grantkeeper\/sdk\/([\w-]+)$/, replacement: source('src/$1.ts') },
    ],
  },
  test: {
    name: 'sdk',
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOut],
    isolate: false,
    globalSetup: ['test/packed/pack.ts', 'test/pages/build.ts'],
    // Installing and compiling a project takes a while on a busy machine.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
