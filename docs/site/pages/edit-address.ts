import GitHost from 'hosted-git-info';

/**
 * The address of the editor for a file of the repository, on the branch that its host shows first; undefined without a
 * repository, or if its host is not known to have an editor.
 *
 * @param source relative to the repository's root
 * @param repository as `package.json` may have it: a URL, or short as in `github:owner/name`
 */
export function editAddress(source: string, repository: string | undefined): string | undefined {
  return repository === undefined ? undefined : GitHost.fromUrl(repository)?.edit(source);
}
