import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';

type Document = OpenAPIV3.DocumentV3_1;

type JsonSchema = Record<string, unknown> & {
  anyOf?: { required: string[] }[];
  oneOf?: { $ref: string }[];
  not?: { properties?: Record<string, unknown> };
  required?: string[];
  'x-beyond-published'?: boolean;
};

/**
 * Returns an equivalent document with clearer validation errors. If a value must match one of several alternatives, the
 * validator lists its faults under all; written as "if it has what the first one requires", and so on, a client sees
 * only those of the one it meant. If a value must not lack all of some properties, it says just "must NOT be valid"; written as
 * "any of these required", it names them.
 */
export function withClearChoices(document: Document): Document {
  const copy = structuredClone(document);
  const schemas = (copy.components?.schemas ?? {}) as Record<string, JsonSchema>;
  for (const schema of Object.values(schemas)) {
    const forbidden = Object.entries(schema.not?.properties ?? {});
    if (forbidden.length > 0 && forbidden.every(([, value]) => value === false)) {
      schema.anyOf = forbidden.map(([name]) => ({ required: [name] }));
      delete schema.not;
    }
  }
  for (const schema of Object.values(schemas)) {
    const alternatives = schema.oneOf ?? [];
    const last = alternatives.at(-1);
    if (!last || alternatives.length === 1) continue;
    const named = alternatives.slice(0, -1).map((one) => ({ one, ...schemas[nameOf(one)] }));
    // Never true when the last alternative is checked, but named among what was missing; extensions are not.
    const published = named.filter((one) => one['x-beyond-published'] !== true);
    schemas[nameOf(last)]?.anyOf?.unshift(...published.map(({ required = [] }) => ({ required })));
    const choice = named.reduceRight<object>(
      (otherwise, { one, required = [] }) => ({
        if: { type: 'object', required },
        // biome-ignore lint/suspicious/noThenProperty: it is a JSON Schema keyword
        then: one,
        else: otherwise,
      }),
      last,
    );
    Object.assign(schema, choice);
    delete schema.oneOf;
  }
  return copy;
}

function nameOf({ $ref }: { $ref: string }): string {
  return $ref.replace(/^.*\//, '');
}
