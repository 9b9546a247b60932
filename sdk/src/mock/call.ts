import type { Documented } from '../generated/documented.gen.ts';
import type { ProblemField } from '../generated/types.gen.ts';
import type { Refusal } from './answers.ts';
import type { Caller } from './caller.ts';
import type { BodyOf, ErrorOf, ExampleOf, GoodOf, OperationId } from './documents.ts';
import type { Lines } from './lines.ts';
import type { State } from './state.ts';

/** What an answer may say beside its status and its body. */
export interface Manner {
  /** Sent in place of the body, one a line. */
  lines?: Lines;
  /** Sent beside those that the answer always has. */
  headers?: Record<string, string>;
}

/** A good answer of an operation. */
export type Result<Id extends OperationId> = {
  [Status in GoodOf<Id>]: [BodyOf<Id, Status>] extends [never]
    ? Manner & { status: Status }
    : Manner & { status: Status; body: BodyOf<Id, Status> };
}[GoodOf<Id>];

/** A request for an operation, checked against its document. */
export interface Call<Id extends OperationId> {
  id: Id;
  path: NonNullable<Documented[Id]['request']>['path'];
  query: NonNullable<Documented[Id]['request']>['query'];
  headers: Headers;
  body: NonNullable<Documented[Id]['request']>['body'];
  requestId: string;
  caller: Caller;
  state: State;
  /** Milliseconds since 1970. */
  now: number;
  /**
   * Does something once for each idempotency key, and gives what it gave then; throws the 422 for the key of another
   * request. Without a key, it is just done.
   */
  once<Done>(work: () => Done): Done;
  /** An error that the document shows, to be thrown; `changes` take the place of fields of the example. */
  refuse<Status extends ErrorOf<Id>>(
    status: Status,
    example: ExampleOf<Id, Status>,
    changes?: Partial<BodyOf<Id, Status>>,
  ): Refusal;
  /** The 400 for these fields, to be thrown. */
  invalid(...fields: ProblemField[]): Refusal;
}

/** What a call tells of itself to the audit trail, whatever its operation. */
export type Asked = Pick<Call<OperationId>, 'id' | 'state' | 'caller' | 'now'> & { requestId?: string };

export type Handlers<Ids extends OperationId = OperationId> = { [Id in Ids]: (call: Call<Id>) => Result<Id> };
