import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Three pages that find each other and what they load by relative addresses, wherever they are put. */
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: [page('index.html'), page('connected-apps/index.html'), page('grants/index.html')],
    },
  },
});
