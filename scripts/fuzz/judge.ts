import { grantPageFaults } from '../../sdk/contract-tests/src/answers/grant-page.ts';
import {
  BEFORE_THE_OPERATION,
  documentFaults,
  saysInvalid,
  verdictFaults,
} from '../../sdk/contract-tests/src/answers/judge.ts';
import { errorSchemaOf, fits, type Operation } from '../../sdk/contract-tests/src/documents.ts';
import { jsonOf, type RawRequest, type RawResponse } from '../../sdk/contract-tests/src/exchange.ts';
import type { Reading } from '../../sdk/contract-tests/src/requests/reading.ts';
import { type Credential, mayUse } from './tokens.ts';

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

const LEAKS = /MongoServerError|node_modules|\bat \S+ \(|file:\/\/|ECONN|BSON/;

/** What is wrong with a response; empty if nothing is. */
export function judge(exchange: Exchange, operations: Operation[]): string[] {
  const { response, request, reading } = exchange;
  if (!response) return ['the connection was closed without an answer'];
  const { status, headers, body } = response;
  const found = verdictFaults(reading, response);
  if (!headers.has('x-request-id')) found.push(`a ${status} without X-Request-Id`);
  if (status >= 400 && LEAKS.test(body)) found.push(`a ${status} that shows the inside of the server`);
  if (reading.operation) found.push(...documentFaults(reading.operation, request, response));
  else found.push(...errorFaults(request, response, operations));
  found.push(...tokenFaults(exchange, response));
  if (exchange.isUnspoilt && exchange.credential.isGood && saysInvalid(status)) {
    found.push(`a ${status} for what the document allows: ${body.slice(0, 200)}`);
  }
  found.push(...grantPageFaults(reading, response, exchange.credential.claims));
  return found;
}

/** Checks that an error has the shape of one of the documents, whatever path it is for. */
function errorFaults({ method }: RawRequest, response: RawResponse, operations: Operation[]): string[] {
  const { status, body } = response;
  if (status < 400 || method === 'HEAD') return [];
  const value = jsonOf(body);
  const fitsOne = operations.some((operation) => fits(errorSchemaOf(operation), value));
  return fitsOne ? [] : [`a ${status} in no document's shape: ${body.slice(0, 100)}`];
}

function tokenFaults(
  { credential, isCredentialIntact, reading, request }: Exchange,
  response: RawResponse,
): string[] {
  const { status } = response;
  const isForged = credential.isGood === false && isCredentialIntact;
  if (isForged && reading.operation && status !== 401 && !BEFORE_THE_OPERATION.includes(status)) {
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
