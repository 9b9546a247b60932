import type { Principal } from './bearer.ts';
import type { IDEMPOTENCY_KEY, Once } from './idempotency.ts';

/** Who asked, and by which request and operation: for the audit trail. */
export interface Asked {
  by: { user_id: string; client_id: string | null };
  request_id: string;
  operation: string;
}

/** What an operation receives: the validated request, with the document's defaults filled in. */
export interface OperationInput<Operation> {
  params: Operation extends { parameters: { path: infer Params } } ? Params : undefined;
  query: Operation extends { parameters: { query?: infer Query } } ? NonNullable<Query> : undefined;
  /** The documented headers, with lower-case names. */
  headers: Operation extends { parameters: { header?: infer Headers } } ? NonNullable<Headers> : undefined;
  body: Operation extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : undefined;
  principal: Principal;
  asked: Asked;
  /** For operations with the header `idempotency-key`: carries out the part that a repetition must not do again. */
  once: IsKeyed<Operation> extends true ? Once : undefined;
}

type IsKeyed<Operation> = Operation extends { parameters: { header?: infer Headers } }
  ? [NonNullable<Headers>] extends [never]
    ? false
    : typeof IDEMPOTENCY_KEY extends keyof NonNullable<Headers>
      ? true
      : false
  : false;

type Success = 200 | 201 | 204;

/** What an operation may say of its success beside the body. */
interface Beside {
  /** It changed nothing, and so is not logged as a change. */
  changed?: false;
  /** Headers that the document has for this status only. */
  headers?: Record<string, string>;
}

/** What an operation returns: one of its documented successes. Everything else is a thrown `Failure`. */
export type OperationResult<Operation> = Operation extends { responses: infer Responses }
  ? {
      [Status in keyof Responses & Success]: Responses[Status] extends {
        content: { 'application/json': infer Body };
      }
        ? { status: Status; body: Body } & Beside
        : { status: Status };
    }[keyof Responses & Success]
  : never;

/**
 * The operations of a document by `operationId`, typed from the document itself: a missing operation, a wrong status or
 * a wrong body does not compile.
 */
export type OperationTable<Operations> = {
  [Id in keyof Operations]: (
    input: OperationInput<Operations[Id]>,
  ) => Promise<OperationResult<Operations[Id]>>;
};
