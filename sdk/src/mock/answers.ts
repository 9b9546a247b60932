import { documented } from '../generated/documented.gen.ts';
import type { ProblemField } from '../generated/types.gen.ts';
import type { OperationId } from './documents.ts';
import type { Answer } from './operation.ts';

/** An answer as it is sent. */
export interface Sent {
  status: number;
  headers: Record<string, string>;
  /** As it goes over the wire; absent where there is none. */
  body?: string;
}

/** Why a call is answered with an error. */
export class Refusal extends Error {
  readonly sent: Sent;

  constructor(sent: Sent) {
    super(`a ${sent.status}`);
    this.sent = sent;
  }
}

/** How operations look where it does not matter which it is. */
export type AnyOperation = Record<number, Answer<Record<string, object>> | undefined>;

/** What the document says of an answer. It throws a TypeError where it says nothing. */
export function answerOf(id: OperationId, status: number): Answer<Record<string, object>> {
  const answers: AnyOperation = documented[id].answers;
  const answer = answers[status];
  if (!answer) throw new TypeError(`${id} has no answer ${status} in its document`);
  return answer;
}

/**
 * An error as the document shows it.
 *
 * @param name of the example, or undefined for the first
 * @param changes what takes the place of fields of the example
 */
export function errorAnswer(
  id: OperationId,
  status: number,
  name: string | undefined,
  requestId: string,
  changes: object = {},
): Sent {
  const { examples, headers } = answerOf(id, status);
  const [first = ''] = Object.keys(examples);
  const example = examples[name ?? first];
  if (!example) throw new TypeError(`${id} has no example ${name} for ${status} in its document`);
  const body = { ...example, ...('request_id' in example && { request_id: requestId }), ...changes };
  const sent = sentOf(id, status, requestId, body);
  return { ...sent, headers: { ...sent.headers, ...challenge(headers, name ?? first) } };
}

/** An answer with the headers that it always has. */
export function sentOf(id: OperationId, status: number, requestId: string, body?: object): Sent {
  const { type, headers } = answerOf(id, status);
  const sent = { status, headers: { ...headers, 'X-Request-Id': requestId } };
  if (type === undefined || body === undefined) return sent;
  return { ...sent, headers: { ...sent.headers, 'Content-Type': type }, body: JSON.stringify(body) };
}

/** Only a token that was sent is called invalid (RFC 6750, section 3.1). A client would else fetch another. */
function challenge(headers: Record<string, string>, example: string): Record<string, string> {
  const documented = headers['WWW-Authenticate'];
  if (documented === undefined || /^(expired|invalid)_token$/.test(example)) return {};
  return { 'WWW-Authenticate': documented.replace(/,.*/, '') };
}

/** The 400 for these fields, in the shape that the operation's document gives its errors. */
export function invalidAnswer(id: OperationId, fields: readonly ProblemField[], requestId: string): Sent {
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

/** What is sent one a line, as `application/x-ndjson`. */
export interface Lines {
  of: readonly object[];
  /** The query of the next page, if its cursor says that there is one. */
  next: { cursor: string | undefined };
}

/** The same answer, one thing a line. */
export function asLines(sent: Sent, { of, next }: Lines): Sent {
  const given = Object.entries(next).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const headers = { ...sent.headers, 'Content-Type': 'application/x-ndjson' };
  return {
    ...sent,
    headers: next.cursor === undefined ? headers : { ...headers, Link: `<?${query}>; rel="next"` },
    body: of.map((one) => `${JSON.stringify(one)}\n`).join(''),
  };
}
