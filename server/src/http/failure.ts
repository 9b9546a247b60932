import { Backlogged, DatabaseSlow, isDatabaseUnavailable } from '../database/unavailable.ts';
import { describeFaults, type FieldFailure, type ReportedFault } from './field-failures.ts';
import { shortened } from './shortened.ts';

/**
 * The failures that every document has, by name. Each document's error format gives them its own code and words; several
 * can be one to clients, and the log and the metrics tell them apart.
 */
export type FailureReason = keyof typeof STATUS;

const STATUS = {
  'invalid-request': 400,
  'token-missing': 401,
  'token-unsupported': 401,
  'token-invalid': 401,
  forbidden: 403,
  'suspended-by-admin': 403,
  'grant-not-found': 404,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  'idempotency-key-in-use': 409,
  'preview-changed': 409,
  'preview-executing': 409,
  'preview-executed': 409,
  'grant-not-active': 409,
  'grant-not-suspended': 409,
  'preview-expired': 410,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  'idempotency-key-reused': 422,
  'too-many-idempotency-keys': 429,
  unprocessable: 422,
  'too-many-requests': 429,
  'headers-too-large': 431,
  'internal-error': 500,
  unavailable: 503,
  overloaded: 503,
  'too-slow': 503,
  'database-unavailable': 503,
  'database-slow': 503,
  'keys-unavailable': 503,
  backlog: 503,
  stopping: 503,
} as const;

/** The longest field name and the longest detail in a response, in characters. */
const MAX_FIELD_LENGTH = 300;
const MAX_DETAIL_LENGTH = 10_000;

/** A request that ends in an error: what the client is told, in whatever format its document uses. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: number;
  readonly reason: FailureReason;
  readonly fields: FieldFailure[];
  readonly headers: Record<string, string>;
  /** More facts for programs, where the document's format has room for them (RFC 9457, section 3.2). */
  readonly members: object;

  /**
   * @param detail one sentence for the client's developer: what was wrong and what to do; it is published
   * @param options.cause the error behind it; logged, never published
   */
  constructor(
    reason: FailureReason,
    detail: string,
    options: {
      fields?: FieldFailure[];
      headers?: Record<string, string>;
      members?: object;
      cause?: unknown;
    } = {},
  ) {
    // Rejected input is not sent back in full: it may be megabytes.
    super(shortened(detail, MAX_DETAIL_LENGTH), { cause: options.cause });
    this.reason = reason;
    this.status = STATUS[reason];
    this.fields = (options.fields ?? []).map((one) => ({
      ...one,
      field: shortened(one.field, MAX_FIELD_LENGTH),
    }));
    this.headers = options.headers ?? {};
    this.members = options.members ?? {};
  }
}

/**
 * The failure's public name. Any fault of a token is one problem to a client: it needs another. So is whatever a retry may
 * get past.
 */
export function failureName({ reason }: Failure) {
  switch (reason) {
    case 'unprocessable':
      return 'invalid-request';
    case 'token-missing':
    case 'token-unsupported':
    case 'token-invalid':
      return 'unauthorized';
    case 'overloaded':
    case 'too-slow':
    case 'database-unavailable':
    case 'database-slow':
    case 'keys-unavailable':
    case 'backlog':
    case 'stopping':
      return 'unavailable';
    default:
      return reason;
  }
}

const SOMETHING_WENT_WRONG = 'Something went wrong on our side. Quote the request id when you report it.';

/**
 * Maps a thrown value to what the client is told. Anything unforeseen becomes a 500 that reveals nothing of its cause.
 */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Backlogged) {
    const detail =
      'A large number of tokens has been written, and lists have to take them in first. Repeat the request after the time in Retry-After.';
    const headers = { 'Retry-After': `${error.retryAfter}` };
    return new Failure('backlog', detail, { headers, cause: error });
  }
  if (error instanceof DatabaseSlow) {
    const detail = 'The database takes too long to answer. Repeat the request after the time in Retry-After.';
    return new Failure('database-slow', detail, { headers: { 'Retry-After': '5' }, cause: error });
  }
  if (isDatabaseUnavailable(error)) {
    const detail =
      'The database is not answering. Repeat the request later: what was done already is not done twice.';
    return new Failure('database-unavailable', detail, { headers: { 'Retry-After': '5' }, cause: error });
  }
  if (isAbort(error)) {
    const detail =
      'The server is being stopped, and part of the work may be undone. Send the same request again to finish it.';
    return new Failure('stopping', detail, { headers: { 'Retry-After': '5' }, cause: error });
  }
  if (isHttpError(error)) return fromHttpError(error);
  return new Failure('internal-error', SOMETHING_WENT_WRONG, { cause: error });
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Thrown by Express, its body parser and express-openapi-validator. */
interface HttpError {
  status: number;
  message: string;
  headers?: Record<string, string>;
  errors?: ReportedFault[];
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

function fromHttpError(error: HttpError): Failure {
  const { status, headers = {} } = error;
  const failure = (reason: FailureReason, detail: string) =>
    new Failure(reason, detail, { headers, cause: error });
  switch (status) {
    case 404:
      return failure('not-found', 'There is nothing at this path.');
    case 405:
      return failure('method-not-allowed', `This path takes ${headers.Allow ?? 'other methods'}.`);
    case 413:
      return failure('payload-too-large', 'The request body is too large.');
    case 415:
      return failure('unsupported-media-type', 'Send the body as application/json in UTF-8.');
    default:
      return status < 500 ? invalidRequest(error) : failure('internal-error', SOMETHING_WENT_WRONG);
  }
}

function invalidRequest(error: HttpError): Failure {
  const fields = isOfPath(error) ? [UNDECODABLE_PATH] : describeFaults(error.errors ?? []);
  const faults = fields
    .map(({ in: place, field, detail }) => `${field || `the ${place}`} ${detail}`)
    .join('; ');
  const detail = faults ? `${faults}.` : 'The request body cannot be read.';
  return new Failure('invalid-request', detail, { fields, cause: error });
}

/** Express and the validator each report an undecodable path in their own way. */
function isOfPath(error: HttpError): boolean {
  return error instanceof URIError || error.message.startsWith('malformed uri');
}

const UNDECODABLE_PATH: FieldFailure = { in: 'path', field: '', detail: 'cannot be decoded' };
