import { documented } from '../generated/documented.gen.ts';
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

/** It throws a TypeError for what is no name of an operation. */
export function requireOperation(id: OperationId): void {
  if (Object.hasOwn(documented, id)) return;
  throw new TypeError(`there is no operation ${id}, only ${Object.keys(documented).join(', ')}`);
}

/** What the document says of an answer. It throws a TypeError where it says nothing. */
export function answerOf(id: OperationId, status: number): Answer<Record<string, object>> {
  requireOperation(id);
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
