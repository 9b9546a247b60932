import { z } from 'zod';
import { type Body, type Operation, outcomesOf, type Schema } from '../docs/documents.ts';
import { samplesOf } from '../docs/samples.ts';

/** The summary of an operation. */
export const operationSummary = z.object({
  operationId: z.string(),
  document: z.string(),
  method: z.string(),
  path: z.string(),
  summary: z.string(),
});

const schema = z.record(z.string(), z.unknown()).describe('A JSON Schema, nothing in it left to look up');
const example = z.object({ summary: z.string(), value: z.unknown() });
const body = z.object({
  description: z.string(),
  mediaType: z.string().optional().describe('Absent where there is no body'),
  schema: schema.optional(),
  examples: z.array(example),
});
const error = z.object({ status: z.string(), description: z.string(), examples: z.array(example) });

/** Everything about one operation. */
export const operationDetails = operationSummary.extend({
  description: z.string(),
  scopes: z
    .array(z.string())
    .describe('The access token needs any one of these; none: any valid token will do'),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query', 'header']),
      required: z.boolean(),
      description: z.string(),
      schema,
      example: z.unknown(),
    }),
  ),
  requestBody: body.extend({ required: z.boolean() }).optional(),
  responses: z.array(body.extend({ status: z.string() })),
  errors: z.array(error),
  errorSchema: schema.optional().describe('What the body of every error looks like'),
  samples: z.array(z.object({ title: z.string(), curl: z.string(), typescript: z.string() })),
});

/** An operation in one line of text. */
export function operationLine({ operationId, method, path, summary }: Operation): string {
  return `- ${operationId}: ${method} ${path}: ${summary}`;
}

/** Everything about an operation, as `operationDetails` describes it. */
export function detailsOf(operation: Operation): z.infer<typeof operationDetails> {
  const { description, scopes, parameters, requestBody } = operation;
  const [successes, errors] = outcomesOf(operation);
  const errorSchema = errors.map(([, one]) => bodyOf(one).schema).find(Boolean);
  return {
    ...operationSummary.parse(operation),
    description,
    scopes,
    parameters: parameters.map(({ name, in: place, required = false, description, schema, example }) => {
      return { name, in: place, required, description, schema, example };
    }),
    ...(requestBody
      ? { requestBody: { ...bodyOf(requestBody), required: requestBody.required ?? false } }
      : {}),
    responses: successes.map(([status, one]) => ({ status, ...bodyOf(one) })),
    errors: errors.map(([status, one]) => {
      const { description, examples } = bodyOf(one);
      return { status, description, examples };
    }),
    ...(errorSchema ? { errorSchema } : {}),
    samples: samplesOf(operation),
  };
}

function bodyOf({ description = '', content = {} }: Body): z.infer<typeof body> & { schema?: Schema } {
  const [first] = Object.entries(content);
  if (!first) return { description, examples: [] };
  const [mediaType, { schema, examples = {} }] = first;
  const shown = Object.values(examples).map(({ summary, value }) => ({ summary, value }));
  return { description, mediaType, schema, examples: shown };
}
