import type { ApiDocument, Operation } from '../library/documents.ts';

/** A bundled document, as far as it is changed for Redocly and for the console. */
export interface Source {
  paths: Record<string, Record<string, SourceOperation>>;
}

interface SourceOperation {
  description: string;
  parameters?: object[];
}

/** A document's own OpenAPI, each of its operations changed. */
export function changedSource(
  { source, operations }: ApiDocument,
  change: (raw: SourceOperation, operation: Operation) => void,
): Source {
  const copy: Source = JSON.parse(source);
  for (const operation of operations) {
    const raw = copy.paths[operation.path]?.[operation.method.toLowerCase()];
    if (!raw) throw new Error(`${operation.operationId} is not at ${operation.path}`);
    change(raw, operation);
  }
  return copy;
}
