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
 * @returns a function that throws one error that says what to do, if the file cannot be read
 */
export function openLibrary(file: string): () => OpenLibrary | undefined {
  let open: (OpenLibrary & { builtAt: number }) | undefined;
  return () => {
    const builtAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (builtAt !== undefined && open?.builtAt !== builtAt) {
      open = { ...read(file), builtAt };
    }
    return open;
  };
}

function read(file: string): OpenLibrary {
  try {
    const library: Library = JSON.parse(readFileSync(file, 'utf8'));
    return { library, search: createSearch(library) };
  } catch (cause) {
    throw new Error(`${file} cannot be read: run npm run docs again`, { cause });
  }
}
