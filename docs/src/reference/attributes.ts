import type { OpenApi, Schema } from '../openapi.ts';
import { resolve } from '../openapi.ts';

const DEEPEST = 4;

/** Attributes as a Markdown list, nested where a schema holds others. */
export function attributes(document: OpenApi, schema: Schema, depth = 0): string[] {
  const { properties, items, oneOf, required = [] } = resolve<Schema>(document, asRef(schema));
  if (depth > DEEPEST) return [];
  const indent = '  '.repeat(depth);
  if (items) return attributes(document, items, depth);
  if (oneOf) {
    return oneOf.flatMap((one) => {
      const { description = '' } = resolve<Schema>(document, asRef(one));
      return [`${indent}- _One of:_ ${inline(description)}`, ...attributes(document, one, depth + 1)];
    });
  }
  return Object.entries(properties ?? {}).flatMap(([name, property]) => {
    const full = { ...resolve<Schema>(document, asRef(property)), ...withoutRef(property) };
    const facts = [typeOf(document, full), ...(required.includes(name) ? ['required'] : []), ...limits(full)];
    const line = `${indent}- \`${name}\` (${facts.join(', ')})${full.description ? `: ${inline(full.description)}` : ''}`;
    return [line, ...attributes(document, full, depth + 1)];
  });
}

/** What a schema takes, in a few words: `string`, `integer or null`, `array of string`. */
export function typeOf(document: OpenApi, schema: Schema): string {
  const full = resolve<Schema>(document, asRef(schema));
  if (full.enum) return full.enum.map((value) => `\`${value}\``).join(' or ');
  if (full.const !== undefined) return `\`${full.const}\``;
  if (full.items) return `array of ${typeOf(document, full.items)}`;
  const types = Array.isArray(full.type) ? full.type.join(' or ') : (full.type ?? 'object');
  return full.format ? `${types}, ${full.format}` : types;
}

/** What a schema asks of a value beyond its type, in words. */
export function limits(schema: Schema): string[] {
  const { minimum, maximum, minItems, maxItems, default: preset } = schema;
  return [
    ...range(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    ...range(minItems, maxItems, ' items'),
    ...(preset === undefined ? [] : [`default \`${JSON.stringify(preset)}\``]),
  ];
}

function range(least: number | undefined, most: number | undefined, what: string): string[] {
  if (least === undefined && most === undefined) return [];
  if (least === undefined) return [`at most ${most}${what}`];
  return [most === undefined ? `at least ${least}${what}` : `${least} to ${most}${what}`];
}

/** A text on one line. */
export function inline(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function asRef(schema: Schema): Schema | { $ref: string } {
  return schema.$ref === undefined ? schema : { $ref: schema.$ref };
}

function withoutRef({ $ref: _, ...schema }: Schema): Schema {
  return schema;
}
