import {
  ApiError,
  type FieldError,
  MeGrantsError,
  MyAccountGrantsError,
  OAuthGrantsError,
  UserConsentScopesError,
} from './errors.ts';
import { retryAfterOf } from './retry.ts';

/** What the addresses of a document have, and no parameter can have: the slashes in those are encoded. */
const DOCUMENTS = [
  ['/v1/oauth-grants', OAuthGrantsError],
  ['/my-account/grants', MyAccountGrantsError],
  ['/me/grants', MeGrantsError],
  ['/user-consent-scopes', UserConsentScopesError],
] as const;
const PLACES = ['body', 'query', 'path', 'header'] as const;

const PROBLEM = 'urn:grantkeeper:problem:';

/**
 * The error that an answer is, or undefined where it is a good one: its status says so, and its body is JSON where the
 * contract has one.
 *
 * @param url where the request was sent
 * @param text the whole body of the answer
 * @param now milliseconds since 1970, for a `Retry-After` that is a date
 */
export function errorOf(url: string, answer: Response, text: string, now: number): ApiError | undefined {
  const body = parse(text);
  if (answer.ok && (text === '' ? answer.status !== 200 : isRecord(body))) return undefined;
  const { status, statusText, headers } = answer;
  const Class = DOCUMENTS.find(([path]) => url.includes(path))?.[1] ?? ApiError;
  const shape = isRecord(body) ? body : {};
  const message = textOf(shape.detail) ?? textOf(shape.message) ?? withoutMessage(statusText, text, headers);
  return new Class(`${status} ${message}`, {
    status,
    headers,
    body: body ?? text,
    code: codeOf(shape),
    fields: fieldsOf(shape),
    retryAfter: retryAfterOf(headers, now),
  });
}

function withoutMessage(statusText: string, text: string, headers: Headers): string {
  const what = text === '' ? 'no body' : `${headers.get('content-type')}, which is no answer of this API`;
  return `${statusText}: ${what}`;
}

/** A problem's `type`, Logto's `code` or the `error` of Me grants. */
function codeOf({ type, code, error }: Record<string, unknown>): string | undefined {
  return textOf(type)?.replace(PROBLEM, '') ?? textOf(code) ?? textOf(error);
}

/** A problem's `errors`, or the lines of Logto's `details`. */
function fieldsOf({ errors, details, message }: Record<string, unknown>): FieldError[] {
  if (Array.isArray(errors)) return errors.filter(isFieldError);
  const place = PLACES.find((name) => textOf(message)?.startsWith(`The request ${name} `));
  if (!place) return [];
  const lines = textOf(details)?.matchAll(/^Error in key path "(.*?)": (.*)$/gm) ?? [];
  return [...lines].map(([, field = '', detail = '']) => ({ in: place, field, detail }));
}

function isFieldError(value: unknown): value is FieldError {
  return isRecord(value) && textOf(value.field) !== undefined && textOf(value.detail) !== undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
