import type { Operation } from './documents.ts';

/**
 * Where the documents, the guides and their commands say that the server is, as they are in the repository. What a server
 * shows of them says its own address instead.
 */
export const EXAMPLE_SERVER = 'http://127.0.0.1:3000';

/** A text with the address of a server in place of the example's. */
export function saying(text: string, address: string): string {
  return text.replaceAll(EXAMPLE_SERVER, () => address);
}

/** Where an operation is in the reference that Redocly makes, from the root of the documentation's site. */
export function referenceAddress({ document, tag, operationId }: Operation): string {
  const slug = tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `reference/${document}.html#/${slug}/${operationId.toLowerCase()}`;
}

/** Where an operation can be tried, from the root of the documentation's site. */
export function tryAddress({ document, tag, operationId }: Operation): string {
  return `try/index.html?document=${document}#/${encodeURIComponent(tag)}/${operationId}`;
}

/** Gives the headings of one page, from its first on, the anchors that GitHub gives them: the second `errors` is `errors-1`. */
export function anchorMaker(): (text: string) => string {
  const times = new Map<string, number>();
  return (text) => {
    const anchor = anchorOf(text);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  };
}

/** The anchor of a heading that its page has once. */
export function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
