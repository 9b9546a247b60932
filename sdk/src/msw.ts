/** `@grantkeeper/sdk/msw`: a Grantkeeper for tests and for development without a server, as handlers for MSW. */
import { delay, type HttpHandler, HttpResponse, http } from 'msw';
import { documented } from './generated/documented.gen.ts';
import { newKey } from './idempotency.ts';
import { errorAnswer, type Sent } from './mock/answers.ts';
import type { Caller } from './mock/caller.ts';
import type { OperationId } from './mock/documents.ts';
import { exampleData } from './mock/examples.ts';
import { type FailureExample, type FailureOf, type FailureOptions, Orders } from './mock/orders.ts';
import { operationAt, type Route, routesOf } from './mock/routes.ts';
import { answer } from './mock/server.ts';
import { type MockData, newState } from './mock/state.ts';

export type { Caller, FailureExample, FailureOf, FailureOptions, MockData, OperationId };

/** How a mock begins. */
export interface MockOptions {
  /** The same as of the client, such as `https://api.example.com` or `/api`. Every address unless told. */
  baseUrl?: string | undefined;
  /** Takes the place of what the documents' examples have. */
  data?: Partial<MockData> | undefined;
  /** Whose token it is. The person of the documents' examples, as an account admin, unless told. */
  caller?: Partial<Caller> | undefined;
  /** Milliseconds since 1970. `Date.now` unless told. */
  now?: (() => number) | undefined;
}

/** A Grantkeeper that answers from memory. */
export interface GrantkeeperMock {
  /** For `setupServer` of `msw/node` and `setupWorker` of `msw/browser`. */
  readonly handlers: HttpHandler[];
  /** What it holds now. Change it as you like: the next call sees it. */
  readonly data: MockData;
  /** Whose token it is, whatever its text. It may be changed too. */
  readonly caller: Caller;
  /**
   * Makes the next call of an operation fail: with a status and the body that its document shows for it, or by the
   * network. It does nothing else. Failures come in the order of their calls to this.
   */
  fail<Id extends OperationId, Status extends FailureOf<Id>>(
    operation: Id,
    failure: Status,
    options?: FailureOptions<FailureExample<Id, Status>>,
  ): void;
  /** Makes every call take so many milliseconds, or those of one operation. */
  delay(milliseconds: number, operation?: OperationId): void;
  /** Goes back to the beginning: its data, its caller, no failures and no delays. */
  reset(): void;
}

/**
 * Makes a mock of a Grantkeeper: what is revoked is gone from its lists, what is suspended can be restored, and its
 * answers are those that the documents describe. Any token is good; a request without one is a 401.
 */
export function mockGrantkeeper(options: MockOptions = {}): GrantkeeperMock {
  const { baseUrl = '*', now = Date.now } = options;
  const orders = new Orders();
  const begin = () => newState({ ...exampleData(now()), ...structuredClone(options.data ?? {}) });
  const beginCaller = (): Caller => ({
    ...examplePerson(),
    permission: 'account:admin',
    ...options.caller,
  });
  let state = begin();
  let caller = beginCaller();

  const respond = async (route: Route, request: Request): Promise<Response | undefined> => {
    // Browsers ask about origins before a call. A mock has none of them.
    if (request.headers.has('access-control-request-method')) return undefined;
    const id = operationAt(route, request.method);
    const order = orders.next(id);
    if (order.delay > 0) await delay(order.delay);
    const { failure } = order;
    if (failure?.status === 'network') return HttpResponse.error();
    if (failure && id) {
      const sent = errorAnswer(id, failure.status, failure.example, newKey());
      return responseOf(request, { ...sent, headers: { ...sent.headers, ...failure.headers } });
    }
    return responseOf(request, await answer(route, request, { state, caller: { ...caller }, now: now() }));
  };

  return {
    handlers: routesOf(baseUrl).map((route) =>
      http.all(route.address, ({ request }) => respond(route, request)),
    ),
    get data() {
      return state.data;
    },
    get caller() {
      return caller;
    },
    fail: (operation, failure, failureOptions = {}) => orders.fail(operation, failure, failureOptions),
    delay: (milliseconds, operation) => orders.delay(milliseconds, operation),
    reset() {
      state = begin();
      caller = beginCaller();
      orders.clear();
    },
  };
}

function examplePerson(): Omit<Caller, 'permission'> {
  const { user_id, account_id, project_id } = documented.getOAuthGrant.answers[200].examples.grant;
  return { user_id, account_id, project_id };
}

function responseOf({ method }: Request, { status, headers, body }: Sent): Response {
  return new Response(method === 'HEAD' ? null : body, { status, headers });
}
