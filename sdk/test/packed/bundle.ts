import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** What a bundle holds, of the SDK. */
export interface Bundle {
  text: string;
  /** Minified. */
  bytes: number;
  /** Minified and gzipped. */
  gzip: number;
  /** File of the package's `dist` to the bytes of it that are in the bundle; those without any are left out. */
  inputs: Record<string, number>;
  /** Packages that the bundle imports. */
  external: string[];
}

/**
 * Bundles code that uses the SDK, as a page's build does.
 *
 * @param folder a project with the SDK installed
 */
export async function bundle(folder: string, code: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['zod', '@tanstack/react-query', 'react', 'msw'],
    metafile: true,
    write: false,
    outdir: folder,
    absWorkingDir: folder,
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (!file || !output) throw new Error('esbuild wrote nothing');
  const inputs = Object.entries(output.inputs)
    .filter(([path, { bytesInOutput }]) => path.includes('/dist/') && bytesInOutput > 0)
    .map(([path, { bytesInOutput }]) => [path.replace(/^.*\/dist\//, ''), bytesInOutput] as const);
  return {
    text: file.text,
    bytes: file.contents.length,
    gzip: gzipSync(file.contents, { level: 9 }).length,
    inputs: Object.fromEntries(inputs),
    external: [...new Set(output.imports.map(({ path }) => path))].sort(),
  };
}

/** What is in a bundle, the largest first: who looks for a leak begins here. */
export function report({ bytes, gzip, inputs }: Bundle): string {
  const lines = Object.entries(inputs)
    .sort(([, one], [, other]) => other - one)
    .map(([path, size]) => `${String(size).padStart(6)}  ${path}`);
  return [`${bytes} bytes minified, ${gzip} gzipped; minified bytes by file:`, ...lines].join('\n');
}
