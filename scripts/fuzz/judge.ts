import { errorSchemaOf, faultOf, fits, type Operation } from './documents.ts';
import type { Reading } from './reading.ts';
import { type Credential, mayUse } from './tokens.ts';
import type { RawRequest, RawResponse } from './wire.ts';

export interface Exchange {
  request: RawRequest;
  reading: Reading;
  credential: Credential;
  /** Whether the Authorization header is still the credential's. */
  isCredentialIntact: boolean;
  /** Whether the request is unchanged, and so allowed by its document. */
  isUnspoilt: boolean;
  response: RawResponse | undefined;
}

/** Statuses that may reject a request before its token is checked. */
const BEFORE_THE_TOKEN = [400, 408, 413, 414, 417, 431, 501, 505];
/** An error need not be long, whatever was sent. */
const MAX_ERROR_LENGTH = 32_000;
const LEAKS = /MongoServerError|node_modules|\bat \S+ \(|file:\/\/|ECONN|BSON/;

/** What is wrong with a response; empty if nothing is. */
export function judge(exchange: Exchange, operations: Operation[]): string[] {
  const { response, request, reading } = exchange;
  if (!response) return ['the connection was closed without an answer'];
  const { status, headers, body } = response;
  const found: string[] = [];
  if (status >= 500) found.push(`a ${status}`);
  if (!headers.has('x-request-id')) found.push(`a ${status} without X-Request-Id`);
  if (status >= 400 && LEAKS.test(body)) found.push(`a ${status} that shows the inside of the server`);
  if (status >= 400 && body.length > MAX_ERROR_LENGTH) found.push(`a ${status} of ${body.length} characters`);
  const isSuccess = status < 400;
  if (reading.verdict === 'forbidden' && isSuccess)
    found.push(`a ${status} for what is forbidden: ${reading.why}`);
  if (reading.operation) found.push(...documentFaults(reading.operation, request, response));
  else found.push(...errorFaults(request, response, operations));
  found.push(...tokenFaults(exchange, response));
  if (exchange.isUnspoilt && exchange.credential.isGood && [400, 405, 413, 415].includes(status)) {
    found.push(`a ${status} for what the document allows: ${body.slice(0, 200)}`);
  }
  if (isSuccess && reading.operation?.operationId === 'listOAuthGrants') {
    found.push(...leakedGrants(exchange, response));
  }
  return found;
}

/** Checks that an operation's response matches its document. */
function documentFaults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
  const { status, headers, body } = response;
  const documented = operation.responses[status];
  if (!documented) {
    // Rejected before the operation was reached: HTTP's own errors.
    return BEFORE_THE_TOKEN.includes(status) || status === 405 || status === 415
      ? problemFaults(response)
      : [`an undocumented ${status}`];
  }
  const missing = Object.entries(documented.headers ?? {}).filter(
    ([name, { required = false }]) => required && !headers.has(name.toLowerCase()),
  );
  const found = missing.map(([name]) => `a ${status} without ${name}`);
  if (request.method === 'HEAD') return found;
  const type = headers.get('content-type')?.split(';')[0] ?? 'none';
  if (!documented.content) return body === '' ? found : [...found, `a ${status} with a body`];
  const schema = documented.content[type]?.schema;
  if (!schema) return [...found, `a ${status} of type ${type}`];
  const fault = faultOf(schema, parsed(body));
  return fault ? [...found, `a ${status} that its document does not allow: ${fault}`] : found;
}

/** Checks that an error has the shape of one of the documents, whatever path it is for. */
function errorFaults({ method }: RawRequest, response: RawResponse, operations: Operation[]): string[] {
  const { status, body } = response;
  if (status < 400 || method === 'HEAD') return [];
  const value = parsed(body);
  const fitsOne = operations.some((operation) => fits(errorSchemaOf(operation), value));
  return fitsOne ? [] : [`a ${status} in no document's shape: ${body.slice(0, 100)}`];
}

function problemFaults({ status, body, headers }: RawResponse): string[] {
  if (headers.get('content-length') === '0') return [`a ${status} without a body`];
  return parsed(body) === undefined && body !== '' ? [`a ${status} that is no JSON`] : [];
}

function tokenFaults(
  { credential, isCredentialIntact, reading, request }: Exchange,
  response: RawResponse,
): string[] {
  const { status } = response;
  const isForged = credential.isGood === false && isCredentialIntact;
  if (isForged && reading.operation && status !== 401 && !BEFORE_THE_TOKEN.includes(status)) {
    return [`a ${status} for a token that is no good: ${credential.name}`];
  }
  const isTaken = credential.isGood === true && isCredentialIntact;
  const isAboutTheRecord = reading.operation?.document === 'account-grants';
  if (isTaken && status === 401 && reading.verdict === 'allowed' && !isAboutTheRecord) {
    return [`a 401 for a good token: ${credential.name}`];
  }
  return lackedRight({ credential, reading, request }, status);
}

/** A caller without the right to an operation must get nothing from it. */
function lackedRight(
  { credential: { claims }, reading: { operation } }: Pick<Exchange, 'credential' | 'reading' | 'request'>,
  status: number,
): string[] {
  if (!operation || status >= 400) return [];
  return mayUse(operation.document, claims)
    ? []
    : [`a ${status} for a token without the right to ${operation.operationId}`];
}

/** A list may show only what the token's widest permission allows and the filters name. */
function leakedGrants({ credential: { claims }, reading }: Exchange, response: RawResponse): string[] {
  const permissions = Array.isArray(claims.permissions) ? claims.permissions : [];
  const wanted: Partial<Record<string, unknown>> = { account_id: claims.account_id };
  if (!permissions.includes('account:admin')) {
    if (permissions.includes('project:admin')) wanted.project_id = claims.project_id;
    else wanted.user_id = claims.sub;
  }
  for (const name of ['client_id', 'user_id', 'project_id', 'resource'] as const) {
    if (reading.query.has(name)) wanted[name] = reading.query.get(name);
  }
  const strangers = grantsOf(response).filter((grant) =>
    Object.entries({ ...grant }).some(([name, value]) => name in wanted && wanted[name] !== value),
  );
  return strangers.length === 0
    ? []
    : [`a list with a grant that was not to be seen: ${JSON.stringify(strangers[0])}`];
}

function grantsOf({ body }: RawResponse): object[] {
  const answer = parsed(body);
  if (typeof answer !== 'object' || answer === null || !('grants' in answer)) return [];
  return Array.isArray(answer.grants) ? answer.grants : [];
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
