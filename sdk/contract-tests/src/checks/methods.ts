import type { DocumentName } from '../documents.ts';
import type { Check } from './check.ts';
import { anyPath } from './paths.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** A check of each document, as far as methods may be sent. What is wrong with a 405 or its `Allow` is in the verdict. */
export function methodChecks(documents: DocumentName[]): Check[] {
  return documents.map((document) => ({
    document,
    name: 'a method that a path does not have is refused, and Allow names those it has',
    async run(test, { client, known }) {
      const operations = client.operations.filter((one) => one.document === document);
      for (const operation of operations) {
        const { template, operationId } = operation;
        const beside = operations.filter((one) => one.template === template).map((one) => one.method);
        // Once for each path.
        if (operation.method !== beside[0]) continue;
        for (const method of METHODS.filter(
          (one) => !beside.includes(one) && client.mayCall({ method: one }),
        )) {
          await client.call(test, operationId, { method, path: anyPath(operation, known) });
        }
      }
      if (test.requests === 0) test.skip('every path has GET: writes were not allowed');
    },
  }));
}
