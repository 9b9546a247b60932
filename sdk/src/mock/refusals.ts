import type { ProblemField } from '../generated/types.gen.ts';
import { answerOf, errorAnswer, Refusal, type Sent, sentOf } from './answers.ts';
import type { OperationId } from './documents.ts';

/** The failures that any request may meet, whatever its document shows. */
const STATUS = {
  'invalid-request': 400,
  'method-not-allowed': 405,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
} as const;
type Failure = keyof typeof STATUS;

/** What a request is refused with before its operation sees it, to be thrown. */
export interface Refusals {
  /** An error without fields. */
  plain(failure: Failure, detail: string, headers?: Record<string, string>): Refusal;
  /** The 400 for these fields. */
  invalid(...fields: ProblemField[]): Refusal;
}

/** Errors in the shape that the document of an operation gives them. */
export function refusalsOf(id: OperationId, requestId: string): Refusals {
  return {
    plain: (failure, detail, headers) => new Refusal(plainAnswer(id, requestId, failure, detail, headers)),
    invalid: (...fields) =>
      new Refusal(invalidAnswer(id, fields.slice(0, MAX_FIELDS).map(shortened), requestId)),
  };
}

/** No more fields than this are named, and no more characters of a name, as on the server. */
const MAX_FIELDS = 100;
const MAX_NAME = 100;

/** Unknown keys are named as they were sent, and may have any length. */
function shortened({ field, ...others }: ProblemField): ProblemField {
  const most = field.startsWith('/') ? MAX_NAME : MAX_NAME - 1;
  return { ...others, field: field.length <= most ? field : `${field.slice(0, most)}…` };
}

function plainAnswer(
  id: OperationId,
  requestId: string,
  failure: Failure,
  detail: string,
  headers: Record<string, string> = {},
): Sent {
  const [example = {}] = Object.values(answerOf(id, 400).examples);
  const title = failure.charAt(0).toUpperCase() + failure.slice(1).replaceAll('-', ' ');
  const status = STATUS[failure];
  const body =
    'type' in example
      ? { type: `urn:grantkeeper:problem:${failure}`, title, status, detail, request_id: requestId }
      : 'error' in example
        ? { error: failure.replaceAll('-', '_'), message: detail }
        : { message: detail };
  const sent = sentOf(id, 400, requestId, body);
  return { ...sent, status, headers: { ...sent.headers, ...headers } };
}

function invalidAnswer(id: OperationId, fields: readonly ProblemField[], requestId: string): Sent {
  const [example = {}] = Object.values(answerOf(id, 400).examples);
  const sentences = fields.map(({ field, detail }) => `${field || 'the body'} ${detail}`).join('; ');
  const [place = 'query'] = fields.map((one) => one.in);
  const lines = fields.map(({ field, detail }) => {
    return `Error in key path "${field.replace(/^\//, '').replaceAll('/', '.')}": ${detail}`;
  });
  const changes =
    'type' in example
      ? { detail: `${sentences}.`, errors: fields }
      : 'code' in example
        ? { message: `The request ${place} is invalid.`, details: lines.join('\n') }
        : { message: `${sentences}.` };
  return errorAnswer(id, 400, undefined, requestId, changes);
}
