import type { Schema } from './documents.ts';

/** Every attribute of a schema as a line of Markdown; nested ones are indented. */
export function attributes(schema: Schema, indent = ''): string {
  const { properties = {}, required = [], items, oneOf, anyOf = [], allOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, property]) => [
    `${indent}- \`${name}\` (${factsOf(property, required.includes(name))})${remark(property, indent)}`,
    attributes(property, `${indent}  `),
  ]);
  const choices = (oneOf ?? anyOf).flatMap((choice) => {
    const inside = attributes(choice, `${indent}  `);
    return inside ? [`${indent}- _one of:_ ${nameOf(choice)}${remark(choice, indent)}`, inside] : [];
  });
  const parts = allOf.map((part) => attributes(part, indent));
  return [...own, ...choices, ...parts, items ? attributes(items, indent) : ''].filter(Boolean).join('\n');
}

/** What a schema requires of a value, in words: `integer, 1 to 1000, default 100`. */
export function factsOf(schema: Schema, required = false, ...others: string[]): string {
  return [typeOf(schema), ...others, ...(required ? ['required'] : []), ...limitsOf(schema)].join(', ');
}

/** A text of several lines as a part of a list item, with its lists and paragraphs. */
export function inItem(text: string, indent = ''): string {
  return text.trim().replaceAll(/\n(?!\n)/g, `\n${indent}  `);
}

/** The type of a value: `string`, `integer or null`, `array of string`, or the values themselves. */
export function typeOf({ type, enum: values, format, items, oneOf, anyOf }: Schema): string {
  if (values) return values.map((value) => `\`${value}\``).join(' or ');
  if (items) return `array of ${nameOf(items)}`;
  const choices = oneOf ?? anyOf;
  if (choices) return choices.map(nameOf).join(' or ');
  const types = [type ?? 'any'].flat().join(' or ');
  return format ? `${types}, ${format}` : types;
}

function nameOf(schema: Schema): string {
  return schema.title ? `\`${schema.title}\`` : typeOf(schema);
}

function remark({ description }: Schema, indent: string): string {
  return description ? `: ${inItem(description, indent)}` : '';
}

function limitsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, uniqueItems, pattern } = schema;
  return [
    ...range(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    ...range(minLength, maxLength, ' character'),
    ...range(minItems, maxItems, ' item'),
    ...(uniqueItems ? ['none twice'] : []),
    ...(pattern ? [`matches \`${pattern}\``] : []),
    ...(schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]),
  ];
}

function range(least: number | undefined, most: number | undefined, what: string): string[] {
  if (least === undefined && most === undefined) return [];
  const counted = what && (most ?? least) !== 1 ? `${what}s` : what;
  if (least === undefined) return [`at most ${most}${counted}`];
  return [most === undefined ? `at least ${least}${counted}` : `${least} to ${most}${counted}`];
}
