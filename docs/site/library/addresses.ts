import type { Operation } from './documents.ts';

/** The address of an operation's page, relative to the root of the documentation's site. */
export function referenceAddress({ document, operationId }: Operation): string {
  return `reference/${document}/${operationId}.html`;
}

/** The address where an operation can be tried, relative to the root of the documentation's site. */
export function tryAddress({ document, tag, operationId }: Operation): string {
  return `try/index.html?document=${document}#/${encodeURIComponent(tag)}/${operationId}`;
}
