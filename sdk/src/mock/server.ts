import { documented } from '../generated/documented.gen.ts';
import { newKey } from '../idempotency.ts';
import { asLines, errorAnswer, invalidAnswer, Refusal, type Sent, sentOf } from './answers.ts';
import { applicationHandlers } from './applications.ts';
import { assignableHandlers } from './assignable-scopes.ts';
import { auditHandlers } from './audit-events.ts';
import { bulkHandlers } from './bulk-revocation.ts';
import type { Call, Handlers, Manner } from './call.ts';
import type { Caller } from './caller.ts';
import { consentHandlers } from './consents.ts';
import type { OperationId } from './documents.ts';
import { endSuspensions, grantHandlers } from './grants.ts';
import { readParameters } from './request.ts';
import { searchHandlers } from './search.ts';
import type { State } from './state.ts';

const HANDLERS: Handlers = {
  ...grantHandlers,
  ...bulkHandlers,
  ...auditHandlers,
  ...searchHandlers,
  ...consentHandlers,
  ...applicationHandlers,
  ...assignableHandlers,
};

/** What a request meets. */
export interface Surroundings {
  state: State;
  caller: Caller;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * Answers a request as the server does: it looks at the token, at the parameters, at the idempotency key, and then does
 * what is asked.
 *
 * @param path the values in the address, decoded
 */
export async function answer(
  id: OperationId,
  request: Request,
  path: Record<string, string | undefined>,
  around: Surroundings,
): Promise<Sent> {
  const requestId = newKey();
  endSuspensions(around);
  const text = await request.text();
  try {
    return carryOut(id, request, text, path, around, requestId);
  } catch (error) {
    if (error instanceof Refusal) return error.sent;
    throw error;
  }
}

function carryOut<Id extends OperationId>(
  id: Id,
  { method, url, headers }: Request,
  text: string,
  path: Record<string, string | undefined>,
  { state, caller, now }: Surroundings,
  requestId: string,
): Sent {
  if (!/^Bearer +\S+$/i.test(headers.get('authorization') ?? '')) {
    throw new Refusal(errorAnswer(id, 401, 'missing_token', requestId));
  }
  const { pathname, search, searchParams } = new URL(url);
  const read = readParameters(id, searchParams, path, headers);
  const invalid: Call<Id>['invalid'] = (...fields) => new Refusal(invalidAnswer(id, fields, requestId));
  if (read.faults.length > 0) throw invalid(...read.faults);
  const key = keyOf(id, headers);
  const asked = `${method} ${pathname}${search} ${text}`;
  const before = key === undefined ? undefined : state.kept.get(key);
  if (before) {
    if (before.request !== asked)
      throw new Refusal(errorAnswer(id, 422, 'idempotency_key_reused', requestId));
    const headers = { ...before.sent.headers, 'X-Request-Id': requestId, 'Idempotency-Replayed': 'true' };
    return { ...before.sent, headers };
  }
  const handler: Handlers[Id] = HANDLERS[id];
  const result: Manner & { status: number; body?: object } = handler({
    id,
    // They have just been checked against the document that their types are generated from.
    path: read.path as Call<Id>['path'],
    query: read.query as Call<Id>['query'],
    headers,
    body: jsonOf(text, invalid),
    requestId,
    caller,
    state,
    now,
    refuse: (status, example, changes) => new Refusal(errorAnswer(id, status, example, requestId, changes)),
    invalid,
  });
  const { status, body, lines, changed } = result;
  const plain = sentOf(id, status, requestId, body);
  const whole = { ...plain, headers: { ...plain.headers, ...result.headers } };
  const sent = lines ? asLines(whole, lines) : whole;
  if (key !== undefined && changed !== false) state.kept.set(key, { request: asked, sent });
  return sent;
}

/** The idempotency key of a request, without quotes, if its operation takes one. */
function keyOf(id: OperationId, headers: Headers): string | undefined {
  const takesOne = documented[id].parameters.some(({ name }) => name === 'idempotency-key');
  return takesOne ? headers.get('idempotency-key')?.replace(/^"(.*)"$/, '$1') : undefined;
}

function jsonOf(text: string, invalid: Call<OperationId>['invalid']): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalid({ in: 'body', field: '', detail: 'is not valid JSON' });
  }
}
