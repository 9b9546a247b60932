import { resolveReferences, type Schema } from '../../../docs/site/library/documents.ts';
import type { Change } from './change.ts';
import { compareKeys } from './change.ts';
import { compareOperations, type Operation } from './operations.ts';

/** The part of a bundled document that is compared. */
export interface Bundle {
  info: { title: string; version: string };
  security?: Record<string, string[]>[];
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/**
 * Every difference between two versions of a document, operation by operation. Wording, examples, and schemas that no
 * operation uses do not count.
 */
export function compareDocuments(before: Bundle, after: Bundle): Change[] {
  const { gone, both, fresh } = compareKeys(operationsOf(before), operationsOf(after));
  return [
    ...gone.map(([address, { operationId }]): Change => {
      return { breaking: true, kind: 'removed', operationId, subject: '', text: `${address} is gone` };
    }),
    ...both.flatMap(([, old, now]) =>
      compareOperations(old, now).map(
        (difference): Change => ({ ...difference, operationId: old.operationId }),
      ),
    ),
    ...fresh.map(([address, { operationId }]): Change => {
      return { breaking: false, kind: 'added', operationId, subject: '', text: `${address} is new` };
    }),
  ];
}

/** Operations by method and path, each with the document's defaults filled in. */
function operationsOf(bundle: Bundle): Record<string, Operation> {
  const { paths, security = [] } = resolveReferences(bundle);
  return Object.fromEntries(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => [
        `${method.toUpperCase()} ${path}`,
        { ...operation, security: operation.security ?? security },
      ]),
    ),
  );
}
