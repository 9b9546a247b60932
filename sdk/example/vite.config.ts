import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Pages that find each other and what they load by relative addresses, wherever they are put. */
export default defineConfig({
  base: './',
  build: {
    // The first that know `light-dark()`, in 2024; the SDK asks for as much.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ['', 'connected-apps/', 'grants/', 'audit/'].map((folder) => page(`${folder}index.html`)),
    },
  },
});
