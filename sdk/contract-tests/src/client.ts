import { auditFaults } from './answers/audit-page.ts';
import { type Claims, grantPageFaults } from './answers/grant-page.ts';
import { grantValueFaults } from './answers/grant-values.ts';
import { documentFaults, saysInvalid, verdictFaults } from './answers/judge.ts';
import { searchFaults } from './answers/search-result.ts';
import { type Case, CaseEnded } from './case.ts';
import type { DocumentName, Operation } from './documents.ts';
import { isObject, jsonOf, type RawRequest, type RawResponse } from './exchange.ts';
import type { Redaction } from './redaction.ts';
import { curlOf } from './requests/curl.ts';
import { encoded, toRequest } from './requests/parts.ts';
import { read } from './requests/reading.ts';
import type { Sender } from './send.ts';

type QueryValue = string | number | boolean;

/** A request to one operation, by its parameters. */
export interface Call {
  /** The operation's own by default. */
  method?: string;
  path?: Record<string, string>;
  /** A parameter with several values is sent once with each. */
  query?: Record<string, QueryValue | QueryValue[]>;
  headers?: Record<string, string>;
  body?: unknown;
  /** The document's own by default; null for none. */
  token?: string | null;
  /** Leaves out the verification record that My account grants is called with by default. */
  withoutRecord?: boolean;
}

/** An answer, and how to say what is wrong with it. */
export interface Answer {
  operationId: string;
  status: number;
  headers: Map<string, string>;
  /** Undefined if it is no JSON. */
  body: unknown;
  text: string;
  /** Whether it is in all that its document describes as it should be. */
  isAsDocumented: boolean;
  command: string;
}

/** An answer whose body is an object. */
export type ObjectAnswer = Answer & { body: Record<string, unknown> };

interface ClientOptions {
  sender: Sender;
  redaction: Redaction;
  operations: Operation[];
  /** The token of a document. */
  tokenOf: (document: DocumentName) => string | undefined;
  /** The verification record of My account grants. */
  verificationId: string | undefined;
}

/** Calls operations for a case, and notes in it what is wrong with an answer by its document. */
export class Client {
  readonly operations: Operation[];
  readonly verificationId: string | undefined;
  readonly #sender: Sender;
  readonly #redaction: Redaction;
  /** The token that requests of a document carry by default. */
  readonly tokenOf: ClientOptions['tokenOf'];

  constructor({ sender, redaction, operations, tokenOf, verificationId }: ClientOptions) {
    this.operations = operations;
    this.#sender = sender;
    this.#redaction = redaction;
    this.tokenOf = tokenOf;
    this.verificationId = verificationId;
  }

  /** The operation with this id. */
  operation(operationId: string): Operation {
    const found = this.operations.find((one) => one.operationId === operationId);
    if (!found) throw new Error(`no document that is tested has an operation ${operationId}`);
    return found;
  }

  /** Whether requests to an operation may be sent. */
  mayCall({ method }: { method: string }): boolean {
    return this.#sender.mayUse(method);
  }

  /**
   * The headers of every request to an operation.
   *
   * @param token the document's own by default; null for none
   */
  headersFor(operation: Operation, token: string | null | undefined): [string, string][] {
    const sent = token === undefined ? this.tokenOf(operation.document) : token;
    const credential: [string, string][] = sent ? [['Authorization', `Bearer ${sent}`]] : [];
    return [['Host', this.#sender.host], ...credential];
  }

  /** Calls an operation. */
  async call(test: Case, operationId: string, call: Call = {}): Promise<Answer> {
    const operation = this.operation(operationId);
    const { method = operation.method, path = {}, query = {}, headers = {}, body, token } = call;
    const takesRecord = operation.parameters?.some(({ name }) => name === 'logto-verification-id');
    const isRecordSent = takesRecord && !call.withoutRecord && this.verificationId !== undefined;
    const record = isRecordSent ? { 'logto-verification-id': this.verificationId } : {};
    const request = toRequest(
      {
        method,
        segments: operation.template
          .split('/')
          .map((part) => part.replace(/^\{(\w+)\}$/, (_, name) => encoded(path[name] ?? ''))),
        query: Object.entries(query).flatMap(([name, values]) =>
          [values].flat().map((value): [string, string] => [name, encoded(value)]),
        ),
        headers: Object.entries({ ...record, ...headers }),
        body,
      },
      this.headersFor(operation, token),
    );
    return await this.send(test, operation, request);
  }

  /** Calls an operation that must succeed as documented; ends the case if it does not. */
  async succeed(test: Case, operationId: string, call: Call = {}): Promise<ObjectAnswer> {
    const answer = await this.call(test, operationId, call);
    const { status, body, isAsDocumented } = answer;
    if (status >= 400) this.differs(test, answer, `a ${status} where an answer was due`);
    if (status >= 400 || !isAsDocumented || !isObject(body)) throw new CaseEnded(`${operationId} failed`);
    return { ...answer, body };
  }

  /**
   * Sends a request to an operation as it is.
   *
   * @param isGenuine whether every id in it is the server's own, so that nothing in it can be invalid
   */
  async send(test: Case, operation: Operation, request: RawRequest, isGenuine = false): Promise<Answer> {
    const { operationId } = operation;
    test.requests += 1;
    const command = this.#redaction.ofCommand(curlOf(this.#sender.addressOf(request.target), request));
    const response = await this.#sender.send(request).catch((error: Error) => {
      test.differs(operationId, `no answer: ${this.#redaction.of(error.message)}`, command);
      throw new CaseEnded(error.message);
    });
    const found = this.#faults(operation, request, response);
    if (isGenuine && saysInvalid(response.status)) {
      found.push(`a ${response.status} for what the document allows: ${response.body}`);
    }
    for (const fault of found) test.differs(operationId, this.#redaction.of(fault).slice(0, 300), command);
    const { status, headers, body } = response;
    return {
      operationId,
      status,
      headers,
      body: jsonOf(body),
      text: body,
      isAsDocumented: found.length === 0,
      command,
    };
  }

  /** Notes a difference that an answer shows. */
  differs(test: Case, { operationId, command }: Answer, fault: string): void {
    test.differs(operationId, this.#redaction.of(fault), command);
  }

  #faults(operation: Operation, request: RawRequest, response: RawResponse): string[] {
    const reading = read(request, this.operations);
    return [
      ...documentFaults(operation, request, response),
      ...verdictFaults(reading, response),
      ...grantPageFaults(reading, response, claimsOf(request)),
      ...grantValueFaults(reading, response),
      ...searchFaults(reading, response),
      ...auditFaults(reading, response, claimsOf(request)),
    ];
  }
}

function claimsOf({ headers }: RawRequest): Claims | undefined {
  const sent = headers.find(([name]) => name === 'Authorization')?.[1];
  return claimsIn(sent?.replace(/^Bearer /, ''));
}

/** What a token says; undefined if it is no JWT with permissions. Nothing is verified: the server does that. */
export function claimsIn(token: string | undefined): Record<string, unknown> | undefined {
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token ?? '')?.[1];
  const claims = payload && jsonOf(Buffer.from(payload, 'base64url').toString());
  return isObject(claims) && 'permissions' in claims ? claims : undefined;
}
