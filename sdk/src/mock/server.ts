import { bodies } from '../generated/documented.gen.ts';
import { newKey } from '../idempotency.ts';
import { errorAnswer, Refusal, type Sent, sentOf } from './answers.ts';
import { applicationHandlers } from './applications.ts';
import { assignableHandlers } from './assignable-scopes.ts';
import { auditHandlers } from './audit-events.ts';
import { bulkHandlers } from './bulk-revocation.ts';
import type { Call, Handlers, Manner } from './call.ts';
import type { Caller } from './caller.ts';
import { consentHandlers } from './consents.ts';
import type { OperationId } from './documents.ts';
import { endSuspensions, grantHandlers } from './grants.ts';
import { bodyFaults, readBody } from './json-body.ts';
import { asLines } from './lines.ts';
import { onceFor } from './once.ts';
import { type Refusals, refusalsOf } from './refusals.ts';
import { queryFault, readParameters } from './request.ts';
import { operationAt, type Route, valuesIn } from './routes.ts';
import { withDefaults } from './schema.ts';
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
 * Answers a request as the server does: it looks at the token, at what nobody could read, at the method, at all that the
 * document says of the request, and then does what is asked.
 */
export async function answer(route: Route, request: Request, around: Surroundings): Promise<Sent> {
  const requestId = newKey();
  const { method, headers } = request;
  const { pathname, searchParams, search } = new URL(request.url);
  const id = operationAt(route, method);
  // Errors have the same shape in all of a document, also those of a method that it does not have.
  const [any] = route.operations.values();
  const shape = id ?? any;
  if (shape === undefined) throw new TypeError(`${route.template} has no operation`);
  const refusals = refusalsOf(shape, requestId);
  try {
    if (!/^Bearer +\S+$/i.test(headers.get('authorization') ?? '')) {
      throw new Refusal(errorAnswer(shape, 401, 'missing_token', requestId));
    }
    const fault = queryFault(search);
    if (fault) throw refusals.invalid(fault);
    const body = await readBody(request, route.template, refusals);
    const path = valuesIn(route, pathname);
    if (!path) throw refusals.invalid({ in: 'path', field: '', detail: 'cannot be decoded' });
    if (id === undefined) throw notAllowed(route, refusals);
    const inBody = bodyFaults(id, body, refusals).map((one) => ({ in: 'body' as const, ...one }));
    const read = readParameters(id, searchParams, path, headers);
    if (read.faults.length + inBody.length > 0) throw refusals.invalid(...read.faults, ...inBody);
    endSuspensions(around);
    const value = withDefaults(bodies[id] ?? {}, body.value);
    return carryOut(id, { ...read, body: value }, headers, around, requestId);
  } catch (error) {
    if (error instanceof Refusal) return error.sent;
    throw error;
  }
}

function notAllowed({ operations }: Route, refusals: Refusals): Refusal {
  const Allow = [...operations.keys()].sort().join(', ');
  return refusals.plain('method-not-allowed', `This path takes ${Allow}.`, { Allow });
}

/** What a request says, checked. */
interface Content {
  path: unknown;
  query: unknown;
  body: unknown;
}

function carryOut<Id extends OperationId>(
  id: Id,
  { path, query, body }: Content,
  headers: Headers,
  { state, caller, now }: Surroundings,
  requestId: string,
): Sent {
  let isReplayed = false;
  const handler: Handlers[Id] = HANDLERS[id];
  const result: Manner & { status: number; body?: object } = handler({
    id,
    // They have just been checked against the document that their types are generated from.
    path: path as Call<Id>['path'],
    query: query as Call<Id>['query'],
    body: body as Call<Id>['body'],
    headers,
    requestId,
    caller,
    state,
    now,
    once: onceFor(
      state.kept,
      { caller, header: headers.get('idempotency-key')?.trim() ?? null, content: { id, path, query, body } },
      {
        onReplay: () => {
          isReplayed = true;
        },
        reused: () => new Refusal(errorAnswer(id, 422, 'idempotency_key_reused', requestId)),
      },
    ),
    refuse: (status, example, changes) => new Refusal(errorAnswer(id, status, example, requestId, changes)),
    invalid: refusalsOf(id, requestId).invalid,
  });
  const plain = sentOf(id, result.status, requestId, result.body);
  const replayed: Record<string, string> = isReplayed ? { 'Idempotency-Replayed': 'true' } : {};
  const whole = { ...plain, headers: { ...plain.headers, ...result.headers, ...replayed } };
  return result.lines ? asLines(whole, result.lines) : whole;
}
