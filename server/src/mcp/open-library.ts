import { readFileSync, statSync } from 'node:fs';
import type { Library } from '../docs/library.ts';
import { createSearch, type Search } from '../docs/search.ts';

export interface OpenLibrary {
  library: Library;
  search: Search;
}

/**
 * Makes a function that returns the documentation that `npm run docs` built; undefined if there is none. Reads it again
 * when it was built again, and keeps what it has while a build replaces the file.
 *
 * @param file the path of `library.json`
 */
export function openLibrary(file: string): () => OpenLibrary | undefined {
  let open: (OpenLibrary & { builtAt: number }) | undefined;
  return () => {
    const builtAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (builtAt !== undefined && open?.builtAt !== builtAt) {
      const library: Library = JSON.parse(readFileSync(file, 'utf8'));
      open = { library, search: createSearch(library), builtAt };
    }
    return open;
  };
}
