import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../processes/server-process.ts';

/** What is read here of a `package.json`. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  workspaces?: string[];
  homepage?: string;
  repository?: string | { type?: string; url: string };
}

/** Reads the `package.json` of a folder of the repository. */
export async function readManifest(folder: string, root = ROOT): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
}

/** The address that the `repository` of a `package.json` says; undefined if it says none. */
export function addressOf(repository: Manifest['repository']): string | undefined {
  return typeof repository === 'string' ? repository : repository?.url;
}

/** The packages that are published: the folder of each, and its `package.json`. */
export async function publishedPackages(root = ROOT): Promise<[folder: string, manifest: Manifest][]> {
  const { workspaces = [] } = await readManifest('.', root);
  const all = workspaces.map(
    async (folder): Promise<[string, Manifest]> => [folder, await readManifest(folder, root)],
  );
  return (await Promise.all(all)).filter(([, manifest]) => !manifest.private);
}
