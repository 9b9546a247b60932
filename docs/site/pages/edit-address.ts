import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import GitHost from 'hosted-git-info';
import { ROOT } from '../root.ts';

/** The `repository` of the root's package.json, which may not say one. */
export type Repository = string | { url: string } | undefined;

export function readRepository(): Repository {
  const manifest: { repository?: Repository } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return manifest.repository;
}

/**
 * The address of the editor for a file of the repository, on the branch that its host shows first; undefined without a
 * repository, or if its host is not known to have an editor.
 *
 * @param source relative to the repository's root
 */
export function editAddress(source: string, repository: Repository): string | undefined {
  const address = typeof repository === 'string' ? repository : repository?.url;
  return address === undefined ? undefined : GitHost.fromUrl(address)?.edit(source);
}
