import type { Operation } from '../documents.ts';
import { isObject, jsonOf, type RawRequest, type RawResponse } from '../exchange.ts';

const PROBLEM = 'urn:grantkeeper:problem:';
/** A 401 that is not about the token. */
const OF_THE_RECORD = 'verification_record.permission_denied';

/** What is wrong with an answer by what its document says of every one, whatever the operation. */
export function invariantFaults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
  const { status, headers, body } = response;
  const found = replayFaults(request, response);
  if (!headers.has('x-request-id') && !operation.responses[status])
    found.push(`a ${status} without X-Request-Id`);
  if (status < 400) return found;
  const json = jsonOf(body);
  const error = isObject(json) ? json : {};
  if ('request_id' in error && error.request_id !== headers.get('x-request-id')) {
    found.push(`a ${status} whose request_id is not its X-Request-Id`);
  }
  if ('status' in error && error.status !== status)
    found.push(`a ${status} that calls itself a ${error.status}`);
  return [...found, ...codeFaults(operation, status, error), ...challengeFaults(request, response, error)];
}

/** `Idempotency-Replayed` is only for the answer of an earlier request, which succeeded, with the same key. */
function replayFaults(request: RawRequest, { status, headers }: RawResponse): string[] {
  if (!headers.has('idempotency-replayed')) return [];
  const hasKey = request.headers.some(([name]) => name.toLowerCase() === 'idempotency-key');
  if (!hasKey) return ['an Idempotency-Replayed without an Idempotency-Key'];
  return status >= 400 ? [`a ${status} with Idempotency-Replayed`] : [];
}

/** The table of errors in a document says which status each has. */
function codeFaults({ errors }: Operation, status: number, error: Record<string, unknown>): string[] {
  const code = [error.type, error.error, error.code].find((one) => typeof one === 'string');
  if (code === undefined) return [];
  const documented = errors.get(code.replace(PROBLEM, ''));
  if (documented === status) return [];
  // What is refused before the path is looked at is a problem in every document.
  if (documented === undefined)
    return code.startsWith(PROBLEM) ? [] : [`a ${status} with an undocumented ${code}`];
  return [`a ${status} with ${code}, which is a ${documented}`];
}

/** A 401 says what is expected, and when a token was sent, what is wrong with it (RFC 6750, section 3). */
function challengeFaults(
  { headers: sent }: RawRequest,
  { status, headers }: RawResponse,
  { code }: Record<string, unknown>,
): string[] {
  const challenge = headers.get('www-authenticate');
  if (status !== 401 || challenge === undefined) return [];
  if (!/^Bearer\b/i.test(challenge)) return ['a 401 whose WWW-Authenticate is not about Bearer'];
  const tokens = sent.filter(([name]) => name.toLowerCase() === 'authorization').map(([, value]) => value);
  const isSent = tokens.length === 1 && /^Bearer [\w.~+/-]+=*$/i.test(tokens[0] ?? '');
  const hasError = /\berror="[^"]+"/.test(challenge);
  if (isSent && !hasError && code !== OF_THE_RECORD)
    return ['a 401 whose WWW-Authenticate does not say what is wrong'];
  return tokens.length === 0 && hasError ? ['a 401 whose WWW-Authenticate has an error without a token'] : [];
}
