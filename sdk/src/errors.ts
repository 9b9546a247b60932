import type { PreviewChanges, Problem, ProblemField } from './generated/types.gen.ts';

/** A wrong field of a request. `in` says where it is; for a body, `field` is the path to it. */
export type FieldError = ProblemField;

/** What is known of a failure. */
export interface ErrorFacts extends ErrorOptions {
  status?: number | undefined;
  code?: string | undefined;
  fields?: readonly FieldError[] | undefined;
  headers?: Headers | undefined;
  body?: unknown;
  /** Milliseconds. */
  retryAfter?: number | undefined;
}

/** What every failure of the SDK is. Nothing in it holds the token or the verification id that were sent. */
export class GrantkeeperError extends Error {
  override readonly name: string = 'GrantkeeperError';
  /** The status code of the answer. Absent where no whole answer came. */
  readonly status: number | undefined;
  /** Which error it is, as its document names it: decide by this. Absent where the answer does not say. */
  readonly code: string | undefined;
  /** Every wrong field that the answer names. */
  readonly fields: readonly FieldError[];
  /** The answer's `X-Request-Id`: quote it when you report a problem. */
  readonly requestId: string | undefined;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.status = facts.status;
    this.code = facts.code;
    this.fields = facts.fields ?? [];
    this.requestId = facts.headers?.get('x-request-id') ?? undefined;
  }
}

/** No answer came, or it broke off: the network failed. Whether an unsafe request took effect is not known. */
export class ConnectionError extends GrantkeeperError {
  override readonly name = 'ConnectionError';
}

/** No whole answer came in time. Whether an unsafe request took effect is not known. */
export class TimeoutError extends GrantkeeperError {
  override readonly name = 'TimeoutError';
}

/**
 * The request cannot be made: an option or an argument is not right, or the runtime lacks something. Nothing was sent,
 * and the same call will not succeed another time.
 */
export class UsageError extends GrantkeeperError {
  override readonly name = 'UsageError';
}

/**
 * The answer redirects elsewhere. No redirect is followed: this API sends none, and it would take the verification id
 * along. Mostly `baseUrl` says `http:` in place of `https:`, or a gateway wants to sign somebody in.
 */
export class RedirectError extends GrantkeeperError {
  override readonly name = 'RedirectError';
  /** Where to, as the answer says it. Browsers tell neither that nor the status. */
  readonly location: string | undefined;

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, facts);
    this.location = facts.headers?.get('location') ?? undefined;
  }
}

/** The `token` function failed; what it threw is the `cause`. The request was not sent with another token. */
export class TokenError extends GrantkeeperError {
  override readonly name = 'TokenError';
}

/**
 * The server, or something in front of it, answered with an error, or with what is no answer of this API, such as a
 * proxy's page of HTML. Each document has a subclass; this class itself comes from addresses of none of them.
 */
export class ApiError extends GrantkeeperError {
  override readonly name: string = 'ApiError';
  declare readonly status: number;
  /** The body, parsed where it is JSON, else as text; empty text where there was none. */
  readonly body: unknown;
  /** The headers of the answer. */
  readonly headers: Headers;
  /** How long the server asks to wait before the next try (`Retry-After`), in milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(message: string, facts: ErrorFacts & { status: number; headers: Headers }) {
    super(message, facts);
    this.body = facts.body;
    this.headers = facts.headers;
    this.retryAfter = facts.retryAfter;
  }
}

/** What the `type` of a problem of OAuth Grants says after `urn:grantkeeper:problem:`. */
export type OAuthGrantsCode = Problem['type'] extends `urn:grantkeeper:problem:${infer Code}` ? Code : never;

/** An error of OAuth Grants. `code` is the name in the problem's `type`; `fields` are its `errors`. */
export class OAuthGrantsError extends ApiError {
  override readonly name = 'OAuthGrantsError';
  declare readonly code: OAuthGrantsCode | undefined;

  /** How the grants differ from those of the preview that was to be executed. Only with the code `preview-changed`. */
  get changes(): PreviewChanges | undefined {
    const { changes } = Object(this.body) as Partial<Problem>;
    return changes;
  }
}

/** An error of My account grants. `code` is Logto's, such as `verification_record.permission_denied`. */
export class MyAccountGrantsError extends ApiError {
  override readonly name = 'MyAccountGrantsError';
}

/** An error of Me grants. `code` is its `error`, such as `grant_not_found`. */
export class MeGrantsError extends ApiError {
  override readonly name = 'MeGrantsError';
}

/** An error of User consent scopes. `code` is Logto's, such as `entity.not_exists_with_id`. */
export class UserConsentScopesError extends ApiError {
  override readonly name = 'UserConsentScopesError';
}
