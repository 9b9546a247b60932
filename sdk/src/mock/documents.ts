import type { Documented } from '../generated/documented.gen.ts';
import type { Answer } from './operation.ts';

/** An operation's name in its document, such as `revokeMeGrant`. */
export type OperationId = keyof Documented;

type Answers<Id extends OperationId> = Documented[Id]['answers'];
/** The statuses that an operation answers with. */
export type StatusOf<Id extends OperationId> = keyof Answers<Id> & number;
/** Those that are no errors. */
export type GoodOf<Id extends OperationId> = Extract<StatusOf<Id>, 200 | 201 | 204>;

/** Those that are. */
export type ErrorOf<Id extends OperationId> = Exclude<StatusOf<Id>, 200 | 201 | 204>;

type ExamplesOf<Id extends OperationId, Status extends StatusOf<Id>> =
  Answers<Id>[Status] extends Answer<infer Examples> ? Examples : never;

/** The names of the examples that a document has for a status. */
export type ExampleOf<Id extends OperationId, Status extends StatusOf<Id>> = keyof ExamplesOf<Id, Status> &
  string;

/** The body of an answer; never where it has none. */
export type BodyOf<Id extends OperationId, Status extends StatusOf<Id>> = Extract<
  ExamplesOf<Id, Status>[keyof ExamplesOf<Id, Status>],
  object
>;
