import type { Operation } from './documents.ts';

/**
 * The server's address in the documents, the guides and their commands, as in the repository. A server that shows them
 * puts its own address in its place.
 */
export const EXAMPLE_SERVER = 'http://127.0.0.1:3000';

/** Replaces the example server's address in a text with another. */
export function saying(text: string, address: string): string {
  return text.replaceAll(EXAMPLE_SERVER, () => address);
}

/** The address of an operation in Redocly's reference, relative to the root of the documentation's site. */
export function referenceAddress({ document, tag, operationId }: Operation): string {
  const slug = tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `reference/${document}.html#/${slug}/${operationId.toLowerCase()}`;
}

/** The address where an operation can be tried, relative to the root of the documentation's site. */
export function tryAddress({ document, tag, operationId }: Operation): string {
  return `try/index.html?document=${document}#/${encodeURIComponent(tag)}/${operationId}`;
}

/**
 * Creates a function that returns GitHub's anchors for a page's headings, in order: the second `errors` is `errors-1`.
 */
export function anchorMaker(): (text: string) => string {
  const times = new Map<string, number>();
  return (text) => {
    const anchor = anchorOf(text);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  };
}

/** The anchor of a heading that occurs once on its page. */
export function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
