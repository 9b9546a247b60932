/** What is used here of a package that has no types of its own. */
declare module 'hosted-git-info' {
  class GitHost {
    /** Reads an address as `package.json` may have it: a URL, or short as in `github:owner/name`. */
    static fromUrl(address: string): GitHost | undefined;
    /** Where a file can be edited, by its path in the repository. */
    edit(path: string): string;
  }
  export = GitHost;
}
