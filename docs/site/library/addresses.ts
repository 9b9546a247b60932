import type { Operation } from './documents.ts';

/** The address of an operation in Redocly's reference, relative to the root of the documentation's site. */
export function referenceAddress({ document, tag, operationId }: Operation): string {
  const slug = tag.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `reference/${document}.html#/${slug}/${operationId.toLowerCase()}`;
}

/** The address where an operation can be tried, relative to the root of the documentation's site. */
export function tryAddress({ document, tag, operationId }: Operation): string {
  return `try/index.html?document=${document}#/${encodeURIComponent(tag)}/${operationId}`;
}
