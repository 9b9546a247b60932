import type { Operation } from '../contracts.ts';
import type { Parameter } from '../openapi.ts';

/** Where the samples call. */
export const SERVER = 'http://127.0.0.1:3000';

/** The values that an operation's samples send, by where they go; all from the document's own examples. */
export interface SampleArguments {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  header: Record<string, unknown>;
  body: unknown;
}

/** Chooses what a sample sends: what is needed, and the query parameters that have a default to tell about. */
export function sampleArguments({ parameters, body }: Operation): SampleArguments {
  const chosen = (place: Parameter['in']) =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === place && (place !== 'query' || isWorthShowing(one)))
        .map((one) => [one.name, exampleOf(one)]),
    );
  const [content] = Object.values(body?.content ?? {});
  const [example] = Object.values(content?.examples ?? {});
  return { path: chosen('path'), query: chosen('query'), header: chosen('header'), body: example?.value };
}

function exampleOf({ example, examples }: Parameter): unknown {
  return example ?? Object.values(examples ?? {})[0]?.value;
}

function isWorthShowing({ name, required, schema }: Parameter): boolean {
  return (
    required === true || (name !== 'offset' && (schema.default !== undefined || schema.enum !== undefined))
  );
}
