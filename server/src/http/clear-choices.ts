import type { OpenAPIV3 } from 'express-openapi-validator/dist/framework/types.js';

type Document = OpenAPIV3.DocumentV3_1;

type JsonSchema = Record<string, unknown> & {
  anyOf?: { required: string[] }[];
  oneOf?: { $ref: string }[];
  not?: { properties?: Record<string, unknown> };
  required?: string[];
};

/**
 * Returns an equivalent document with clearer validation errors. If a value must match one of two alternatives, the
 * validator lists its faults under both; written as "if it has what the first one requires", a client sees only those
 * of the one it meant. If a value must not lack all of some properties, it says just "must NOT be valid"; written as
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
    const [first, second, third] = schema.oneOf ?? [];
    if (!first || !second || third) continue;
    const { required = [] } = schemas[nameOf(first)] ?? {};
    // Never true when the second alternative is checked, but named among what was missing.
    schemas[nameOf(second)]?.anyOf?.unshift({ required });
    // biome-ignore lint/suspicious/noThenProperty: it is a JSON Schema keyword
    Object.assign(schema, { if: { type: 'object', required }, then: first, else: second });
    delete schema.oneOf;
  }
  return copy;
}

function nameOf({ $ref }: { $ref: string }): string {
  return $ref.replace(/^.*\//, '');
}
