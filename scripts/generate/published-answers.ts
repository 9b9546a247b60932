import type { Contract } from './merge-contracts.ts';

interface Schema {
  $ref?: string;
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  'x-beyond-published'?: boolean;
  'x-asks-beyond-published'?: boolean;
}

interface Body {
  content?: Record<string, { schema: Schema }>;
}

/**
 * The contract without answers that only some requests get: where one of several schemas of an answer is beyond what is
 * published, the generated function has the type of the published answer alone, and takes none of the fields that ask
 * for the other. That one has a function of its own, in sdk/src/previews.ts. Else everybody's answer would become a
 * union.
 */
export function withPublishedAnswers(contract: Contract): Contract {
  const schemas = contract.components.schemas as Record<string, Schema>;
  const resolve = (schema: Schema): Schema => schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
  const isBeyond = (schema: Schema) => resolve(schema)['x-beyond-published'] === true;
  for (const operation of Object.values(contract.paths).flatMap((path) => Object.values(path))) {
    for (const media of Object.values(operation.responses).flatMap(mediaOf)) {
      const { oneOf = [] } = media.schema;
      const published = oneOf.filter((schema) => !isBeyond(schema));
      const [only] = published;
      if (!only || published.length > 1 || oneOf.length === 1) continue;
      media.schema = only;
      for (const { schema } of mediaOf(operation.requestBody)) {
        for (const one of [schema, ...(resolve(schema).oneOf ?? [])].map(resolve)) {
          if (!one.properties || isBeyond(one)) continue;
          one.properties = Object.fromEntries(
            Object.entries(one.properties).filter(([, property]) => !property['x-asks-beyond-published']),
          );
        }
      }
    }
  }
  return contract;
}

function mediaOf(body: unknown): { schema: Schema }[] {
  return Object.values((body as Body | undefined)?.content ?? {});
}
