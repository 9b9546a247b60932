import { type OperationDetails, operationSummary } from '../../../server/src/docs/operation.ts';
import { type Body, type Operation, outcomesOf } from './documents.ts';
import { samplesOf } from './samples.ts';

type Content = Omit<OperationDetails['responses'][number], 'status' | 'headers'>;

/** Everything about an operation, as programs read it. */
export function detailsOf(operation: Operation): OperationDetails {
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
    responses: successes.map(([status, one]) => ({ status, headers: headersOf(one), ...bodyOf(one) })),
    errors: errors.map(([status, one]) => {
      const { description, examples } = bodyOf(one);
      return { status, description, headers: headersOf(one), examples };
    }),
    ...(errorSchema ? { errorSchema } : {}),
    samples: samplesOf(operation).map(({ others: _, ...sample }) => sample),
  };
}

function headersOf({ headers = {} }: Body): OperationDetails['responses'][number]['headers'] {
  return Object.entries(headers).map(([name, { description, schema }]) => ({ name, description, schema }));
}

function bodyOf({ description = '', content = {} }: Body): Content {
  const [first] = Object.entries(content);
  if (!first) return { description, examples: [] };
  const [mediaType, { schema, examples = {} }] = first;
  const shown = Object.values(examples).map(({ summary, value }) => ({ summary, value }));
  return { description, mediaType, schema, examples: shown };
}
