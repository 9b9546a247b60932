import { attributes, factsOf, inItem, typeOf } from './attributes.ts';
import {
  type ApiDocument,
  type Body,
  type Example,
  type Header,
  type Operation,
  outcomesOf,
  type Parameter,
  type Schema,
} from './documents.ts';
import { samplesOf } from './samples.ts';

/** A document as Markdown: its description, and its operations with links to their pages. */
export function documentMarkdown({ name, title, version, callers, description, operations }: ApiDocument) {
  const lines = operations.map(
    (one) =>
      `- [${one.summary}](${name}/${one.operationId}.md): \`${one.method} ${one.path}\`. ${requirement(one)}`,
  );
  return sections([
    `# ${title}`,
    `For ${callers}. Version ${version}.`,
    description,
    '## Operations',
    lines.join('\n'),
    `What is sent and answered: [schemas](${name}/schemas.md). [All of it on one page (Redoc)](../redoc/${name}.html).
The document itself, in OpenAPI 3.1: [JSON](../openapi/${name}.json), [YAML](../openapi/${name}.yaml). For Postman and its like:
[a collection](../openapi/${name}.postman.json); [one of all APIs](../openapi/grantkeeper.postman.json).`,
  ]);
}

/** An operation as Markdown: who may call it, what it takes and returns, every error, and samples. */
export function operationMarkdown(operation: Operation): string {
  const { documentTitle, method, path, summary, requestBody } = operation;
  const [answers, errors] = outcomesOf(operation);
  return sections([
    `# ${summary}`,
    `\`${method} ${path}\` · \`${operation.operationId}\` · ${documentTitle}`,
    requirement(operation),
    operation.description,
    ...(operation.parameters.length > 0 ? ['## Parameters', parameterList(operation.parameters)] : []),
    ...(requestBody ? ['## Request body', bodyMarkdown(requestBody)] : []),
    '## Answer',
    ...answers.flatMap(([status, body]) => [`### ${status}`, bodyMarkdown(body)]),
    '## Errors',
    ...errorsMarkdown(errors),
    '## Samples',
    ...samplesOf(operation).flatMap(({ title, curl, typescript, others }) => [
      ...(title ? [`### ${title}`] : []),
      fenced('sh', curl),
      fenced('ts', typescript),
      ...others.map(({ language, code }) => fenced(language, code)),
    ]),
  ]);
}

/** A schema as Markdown: its description, and every attribute in a line. */
export function schemaMarkdown(name: string, schema: Schema): string {
  return sections([`# ${name}`, ...schemaParts(schema)]);
}

/** Every schema of a document on one page. */
export function schemasMarkdown({ title, schemas }: ApiDocument): string {
  return sections([
    `# Schemas of ${title}`,
    ...schemas.flatMap(([name, schema]) => [`## ${name}`, ...schemaParts(schema)]),
  ]);
}

/** What a caller's access token needs, as a sentence. */
export function requirement({ scopes }: Operation): string {
  if (scopes.length === 0) return '**Required**: a valid access token.';
  const named = scopes.map((scope) => `\`${scope}\``).join(', ');
  const kind = scopes.every((scope) => /:(admin|member)$/.test(scope)) ? 'permission' : 'scope';
  return `**Required ${kind}**${scopes.length > 1 ? ', one of' : ''}: ${named}.`;
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

function schemaParts(schema: Schema): string[] {
  return [schema.description ?? '', attributes(schema) || `It is: ${factsOf(schema)}.`];
}

function parameterList(parameters: Parameter[]): string {
  return parameters
    .map(({ name, in: place, required, description, schema }) => {
      return `- \`${name}\` (${factsOf(schema, required, place)}): ${inItem(description)}`;
    })
    .join('\n');
}

function bodyMarkdown({ description = '', headers = {}, content = {} }: Body): string {
  const parts = Object.entries(content).flatMap(([type, { schema, examples = {} }]) => [
    `\`${type}\`, ${schema.title ? `\`${schema.title}\`` : typeOf(schema)}:`,
    attributes(schema),
    ...examplesMarkdown(examples),
  ]);
  return sections([description, headerList(headers), ...parts]);
}

function headerList(headers: Record<string, Header>): string {
  return Object.entries(headers)
    .map(
      ([name, { description, schema }]) =>
        `- \`${name}\` (header, ${factsOf(schema)}): ${inItem(description)}`,
    )
    .join('\n');
}

function examplesMarkdown(examples: Record<string, Example>): string[] {
  return Object.values(examples).flatMap(({ summary, value }) => [
    `Example, ${summary}:`,
    fenced('json', JSON.stringify(value, null, 2)),
  ]);
}

/** Every error with its meaning and examples; the shape they share comes first, once. */
function errorsMarkdown(errors: [status: string, body: Body][]): string[] {
  const [first] = errors.flatMap(([, { content = {} }]) => Object.entries(content));
  const shape = first ? [`All of them are \`${first[0]}\`:`, attributes(first[1].schema)] : [];
  const each = errors.flatMap(([status, { description = '', headers = {}, content = {} }]) => [
    `### ${status}`,
    description,
    headerList(headers),
    ...Object.values(content).flatMap(({ examples = {} }) => examplesMarkdown(examples)),
  ]);
  return [...shape, ...each];
}
