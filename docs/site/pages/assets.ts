import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../root.ts';
import type { Assets } from './layout.ts';

const DOCS = join(ROOT, 'docs/site');

/** Bundles scripts and styles, each under a name that changes with what is in it. */
export async function buildAssets(output: string): Promise<Assets> {
  const { metafile } = await build({
    absWorkingDir: DOCS,
    entryPoints: {
      theme: 'client/theme.ts',
      portal: 'client/portal.ts',
      'try-it': 'client/try-it.ts',
      'portal-page': 'styles/portal.css',
      frame: 'styles/frame-only.css',
    },
    outdir: output,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    // Classic scripts: a page that is opened from a disk may load no module.
    format: 'iife',
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
    metafile: true,
    logLevel: 'warning',
  });
  const names = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [
    entryPoint,
    path.split('/').at(-1) ?? '',
  ]);
  const nameOf = (entry: string) => {
    const found = names.find(([entryPoint]) => entryPoint === entry)?.[1];
    if (!found) throw new Error(`${entry} was not built`);
    return found;
  };
  return {
    theme: nameOf('client/theme.ts'),
    portal: nameOf('client/portal.ts'),
    tryIt: nameOf('client/try-it.ts'),
    portalCss: nameOf('styles/portal.css'),
    frameCss: nameOf('styles/frame-only.css'),
  };
}
