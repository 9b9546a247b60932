import {
  ApiError,
  type FieldError,
  type GrantkeeperError,
  MeGrantsError,
  MyAccountGrantsError,
  OAuthGrantsError,
  RedirectError,
  UserConsentScopesError,
} from './errors.ts';
import { retryAfterOf } from './retry.ts';

/** What the addresses of a document have, and no parameter can have: the slashes in those are encoded. */
const DOCUMENTS = [
  ['/v1/oauth-grants', OAuthGrantsError],
  ['/my-account/grants', MyAccountGrantsError],
  ['/me/grants', MeGrantsError],
  // Those of an application, and those of organizations.
  ['-scopes', UserConsentScopesError],
  ['/api/resources', UserConsentScopesError],
] as const;
/** The addresses of lists. Anything may answer 200 with JSON of its own: a proxy, a page for signing in. */
const LIST = /(grants|audit-events)(\?|$)/;
const PLACES = ['body', 'query', 'path', 'header'] as const;

/** The statuses with which an answer redirects (Fetch, 2.2.3). */
const REDIRECTS = [301, 302, 303, 307, 308];

const PROBLEM = 'urn:grantkeeper:problem:';

/**
 * The error that an answer is, or undefined where it is a good one: its status says so, and its body is JSON where the
 * contract has one, with the list where it has one of those.
 *
 * @param url where the request was sent
 * @param text the whole body of the answer
 * @param now milliseconds since 1970, for a `Retry-After` that is a date
 */
export function errorOf(
  url: string,
  answer: Response,
  text: string,
  now: number,
): GrantkeeperError | undefined {
  if (answer.type === 'opaqueredirect' || REDIRECTS.includes(answer.status)) return redirectOf(url, answer);
  const body = parse(text);
  if (answer.ok && (text === '' ? answer.status !== 200 : isRecord(body) && hasItems(url, body)))
    return undefined;
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

function redirectOf(url: string, { status, headers }: Response): RedirectError {
  // What follows the path may hold a secret of whoever redirects.
  const to = headers.get('location')?.replace(/[?#].*/s, '') ?? 'elsewhere';
  const message = `${url} redirects to ${to}, which is not followed: set baseUrl to where the API is`;
  return new RedirectError(status ? `${status} ${message}` : message, {
    status: status || undefined,
    headers,
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

/** Whether a list has its items, under whichever name. */
const hasItems = (url: string, { grants, events, data }: Record<string, unknown>) =>
  !LIST.test(url) || Array.isArray(grants ?? events ?? data);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
