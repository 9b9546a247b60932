import type { Contract, Operation } from '../contracts.ts';
import type { Answer, Content, OpenApi, Parameter } from '../openapi.ts';
import { attributes, inline, limits, typeOf } from './attributes.ts';

/** Everything about an operation, as Markdown that is complete without any other page. */
export function operationMarkdown({ document, title }: Contract, operation: Operation): string {
  const { id, method, path, summary, description, parameters, body, answers, samples } = operation;
  return `${[
    `# ${summary}`,
    `\`${method} ${path}\``,
    `Operation \`${id}\` of ${title}.`,
    requirement(operation),
    ...(operation.beyondPublished ? ['The published page does not have this operation. It is ours.'] : []),
    description,
    ...section('Parameters', parameterLines(document, parameters)),
    ...(body ? ['## Body', inline(body.description), ...contents(document, body.content)] : []),
    '## Answers',
    ...answers.flatMap(([status, answer]) => answerMarkdown(document, status, answer)),
    '## Samples',
    ...samples.flatMap(({ label, lang, source }) => [
      `${label}:`,
      `\`\`\`${lang === 'Shell' ? 'sh' : 'ts'}\n${source}\n\`\`\``,
    ]),
  ].join('\n\n')}\n`;
}

/** What the access token of a caller needs, as a sentence. */
export function requirement({ scopes }: Operation): string {
  if (scopes.length === 0) return '**Required**: a valid access token.';
  const named = scopes.map((scope) => `\`${scope}\``).join(', ');
  const kind = scopes.every((scope) => /:(admin|member)$/.test(scope)) ? 'permission' : 'scope';
  return scopes.length === 1 ? `**Required ${kind}**: ${named}.` : `**Required ${kind}**, one of: ${named}.`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join('\n')];
}

function parameterLines(document: OpenApi, parameters: Parameter[]): string[] {
  return parameters.map(({ name, in: place, required, schema, description }) => {
    const facts = [
      place,
      typeOf(document, schema),
      ...(required ? ['required'] : []),
      ...limits({ ...schema }),
    ];
    return `- \`${name}\` (${facts.join(', ')}): ${inline(description)}`;
  });
}

function answerMarkdown(document: OpenApi, status: string, { description, content }: Answer): string[] {
  return [`### ${status}`, inline(description), ...contents(document, content ?? {})];
}

function contents(document: OpenApi, content: Record<string, Content>): string[] {
  return Object.entries(content).flatMap(([type, { schema, examples }]) => {
    const lines = attributes(document, schema);
    return [
      `\`${type}\``,
      ...(lines.length > 0 ? [lines.join('\n')] : []),
      ...Object.values(examples).map(
        ({ summary, value }) => `${summary}:\n\n\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``,
      ),
    ];
  });
}
