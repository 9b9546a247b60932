import type { Operation } from '../documents.ts';
import type { KnownValues } from '../requests/known-values.ts';

/** Values for an operation's path: those that the server has shown, where there are any. */
export function anyPath({ parameters = [] }: Operation, known: KnownValues): Record<string, string> {
  const names = parameters.filter((one) => one.in === 'path');
  return Object.fromEntries(
    names.map(({ name, schema }) => [name, String(schema.enum?.[0] ?? known.of(name)[0] ?? 'unknown')]),
  );
}
