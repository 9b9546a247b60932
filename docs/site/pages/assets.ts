import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../root.ts';

const ENTRIES = {
  theme: 'client/theme.ts',
  portal: 'client/portal.ts',
  tryIt: 'client/try-it.ts',
  styles: 'styles/portal.css',
};

/** Names of the built scripts and styles; what is in them is in the name. */
export type Assets = Record<keyof typeof ENTRIES, string>;

/** Bundles scripts and styles, each under a name that changes with what is in it. */
export async function buildAssets(output: string): Promise<Assets> {
  const { metafile } = await build({
    absWorkingDir: join(ROOT, 'docs/site'),
    entryPoints: ENTRIES,
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
  const built = Object.entries(metafile.outputs);
  const nameOf = (entry: string) => {
    const [path] = built.find(([, { entryPoint }]) => entryPoint === entry) ?? [];
    if (!path) throw new Error(`${entry} was not built`);
    return basename(path);
  };
  return {
    theme: nameOf(ENTRIES.theme),
    portal: nameOf(ENTRIES.portal),
    tryIt: nameOf(ENTRIES.tryIt),
    styles: nameOf(ENTRIES.styles),
  };
}
