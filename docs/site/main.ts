import { join } from 'node:path';
import { runBuilding } from '../../scripts/build/if-stale.ts';
import { GUIDE_FILES, readGuides } from './library/guides.ts';
import { ROOT } from './root.ts';

/*
 * Builds the documentation that the server has at /docs/. Before `npm start` it does so only where its sources are
 * newer: `--if-stale`.
 */

await runBuilding({
  name: 'docs',
  output: join(ROOT, 'docs/dist/index.html'),
  sources: [
    'package.json',
    'package-lock.json',
    'openapi/bundled',
    'sdk/example/src/styles/tokens.css',
    'server/src/docs',
    'docs/site/assets',
    'docs/site/client',
    'docs/site/library',
    'docs/site/pages',
    'docs/site/styles',
    ...readGuides().flatMap(([, guides]) => guides.map(({ source }) => source)),
    ...GUIDE_FILES.keys(),
  ],
  // Only now, for it takes development dependencies, which a start does without.
  build: async () => (await import('./pages/build.ts')).buildPortal(),
});
