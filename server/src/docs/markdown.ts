import {
  type ApiDocument,
  type Body,
  type Example,
  type Operation,
  outcomesOf,
  type Parameter,
  type Schema,
} from './documents.ts';
import { samplesOf } from './samples.ts';

/** A whole document as Markdown: what it says of itself, and its operations in a line each. */
export function documentMarkdown(document: ApiDocument): string {
  const operations = document.operations.map(
    ({ operationId, method, path, summary }) => `- \`${operationId}\` ${method} ${path}: ${summary}`,
  );
  const schemas = document.schemas.map(([name]) => `- \`${name}\``);
  return sections([
    `# ${document.title} ${document.version}`,
    document.summary,
    document.description,
    '## Operations',
    operations.join('\n'),
    '## Schemas',
    schemas.join('\n'),
  ]);
}

/** An operation as Markdown: who may call it, what it takes, what it answers, every error, and samples. */
export function operationMarkdown(operation: Operation): string {
  const { documentTitle, method, path, summary, description, requestBody } = operation;
  const [answers, errors] = outcomesOf(operation);
  return sections([
    `# ${summary}`,
    `\`${method} ${path}\` · \`${operation.operationId}\` · ${documentTitle}`,
    description,
    '## Authorization',
    authorization(operation),
    ...(operation.parameters.length > 0 ? ['## Parameters', parameterList(operation.parameters)] : []),
    ...(requestBody ? ['## Request body', bodyMarkdown(requestBody)] : []),
    '## Answer',
    ...answers.flatMap(([status, body]) => [`### ${status}`, bodyMarkdown(body)]),
    '## Errors',
    ...errorsMarkdown(errors),
    '## Samples',
    ...samplesOf(operation).flatMap(({ title, curl, typescript }) => [
      ...(title ? [`### ${title}`] : []),
      fenced('sh', curl),
      fenced('ts', typescript),
    ]),
  ]);
}

/** A schema as Markdown: what it is, and every attribute in a line. */
export function schemaMarkdown(name: string, schema: Schema): string {
  return sections([`# ${name}`, schema.description ?? '', attributes(schema)]);
}

function sections(parts: string[]): string {
  return `${parts
    .map((part) => part.trim())
    .filter(Boolean)
    .join('\n\n')}\n`;
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code.trim()}\n\`\`\``;
}

function authorization({ scopes }: Operation): string {
  if (scopes.length === 0) return 'Any valid access token: `Authorization: Bearer <token>`.';
  const names = scopes.map((scope) => `\`${scope}\``).join(' or ');
  return `An access token with ${names}: \`Authorization: Bearer <token>\`.`;
}

function parameterList(parameters: Parameter[]): string {
  return parameters
    .map(({ name, in: place, required, description, schema }) => {
      const kind = [typeOf(schema), place, ...(required ? ['required'] : []), ...limits(schema)].join(', ');
      return `- \`${name}\` (${kind}): ${oneLine(description)}`;
    })
    .join('\n');
}

function bodyMarkdown({ description = '', content = {} }: Body): string {
  const parts = Object.entries(content).flatMap(([type, { schema, examples = {} }]) => [
    `\`${type}\`, ${schema.title ? `\`${schema.title}\`` : typeOf(schema)}:`,
    attributes(schema),
    ...examplesMarkdown(examples),
  ]);
  return sections([description, ...parts]);
}

function examplesMarkdown(examples: Record<string, Example>): string[] {
  return Object.values(examples).flatMap(({ summary, value }) => [
    `Example, ${summary}:`,
    fenced('json', JSON.stringify(value, null, 2)),
  ]);
}

/** Every error with its meaning and examples; what an error looks like is said once. */
function errorsMarkdown(errors: [status: string, body: Body][]): string[] {
  const [first] = errors.flatMap(([, { content = {} }]) => Object.entries(content));
  const shape = first ? [`All of them are \`${first[0]}\`:`, attributes(first[1].schema)] : [];
  const each = errors.flatMap(([status, { description = '', content = {} }]) => [
    `### ${status}`,
    description,
    ...Object.values(content).flatMap(({ examples = {} }) => examplesMarkdown(examples)),
  ]);
  return [...shape, ...each];
}

/** Every attribute of a schema in a line; what is inside one is indented below it. */
function attributes(schema: Schema, indent = ''): string {
  const { properties = {}, required = [], items, oneOf, anyOf, allOf } = schema;
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const kind = [typeOf(property), ...(required.includes(name) ? ['required'] : []), ...limits(property)];
    const line = `${indent}- \`${name}\` (${kind.join(', ')}): ${oneLine(property.description ?? '')}`;
    return [line, attributes(property, `${indent}  `)];
  });
  const choices = (oneOf ?? anyOf ?? []).flatMap((choice) => {
    const inside = attributes(choice, `${indent}  `);
    return inside ? [`${indent}- either \`${choice.title ?? typeOf(choice)}\``, inside] : [];
  });
  const parts = (allOf ?? []).map((part) => attributes(part, indent));
  return [...own, ...choices, ...parts, items ? attributes(items, indent) : ''].filter(Boolean).join('\n');
}

function typeOf({ type, oneOf, anyOf, items }: Schema): string {
  const types = [type ?? []]
    .flat()
    .map((one) => (one === 'array' && items ? `array of ${typeOf(items)}` : one));
  const choices = (oneOf ?? anyOf ?? []).map((choice) => choice.title ?? typeOf(choice));
  return [...types, ...choices].join(' or ') || 'any';
}

const LIMITS = 'default const minimum maximum minLength maxLength minItems maxItems pattern format'.split(
  ' ',
);

function limits(schema: Schema): string[] {
  const values = Array.isArray(schema.enum) ? [`one of ${schema.enum.join(' | ')}`] : [];
  return [
    ...values,
    ...LIMITS.filter((key) => schema[key] !== undefined).map((key) => `${key} ${schema[key]}`),
  ];
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
