import { z } from 'zod';

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
const headers = z
  .array(z.object({ name: z.string(), description: z.string(), schema }))
  .describe('The headers that come with it');
const body = z.object({
  description: z.string(),
  mediaType: z.string().optional().describe('Absent where there is no body'),
  schema: schema.optional(),
  examples: z.array(example),
});
const error = z.object({
  status: z.string(),
  description: z.string(),
  headers,
  examples: z.array(example),
});

/** Everything about one operation, as programs read it. */
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
  responses: z.array(body.extend({ status: z.string(), headers })),
  errors: z.array(error),
  errorSchema: schema.optional().describe('What the body of every error looks like'),
  samples: z.array(z.object({ title: z.string(), curl: z.string(), typescript: z.string() })),
});

/** Everything about one operation. */
export type OperationDetails = z.infer<typeof operationDetails>;
