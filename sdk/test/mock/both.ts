import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, beforeAll } from 'vitest';
import { startServer, untilReady } from '../../../scripts/processes/server-process.ts';
import { readConfig } from '../../../server/src/config.ts';
import { VERIFICATION_ID } from '../../../server/src/demo/page-user.ts';
import { ACCOUNTS, PAGE_USER } from '../../../server/src/demo/platform.ts';
import { openOwnIssuer } from '../../../server/src/http/own-issuer.ts';
import { isObject, jsonOf, type RawRequest } from '../../contract-tests/src/exchange.ts';
import { createGrantkeeper } from '../../src/grantkeeper.ts';
import { type GrantkeeperMock, mockGrantkeeper } from '../../src/msw.ts';
import { BASE_URL } from './mocked.ts';

/** Whose token a request has; without one, it has none. */
export type Sender = 'account:admin' | 'project:admin' | 'account:member' | 'management' | undefined;

/** What an answer comes to. */
export interface Outcome {
  status: number;
  /** What kind of error it is. */
  code?: unknown;
  /** What is wrong in the request, each with its place. */
  fields?: string[];
  allow?: string;
}

/** What says that the mock has no answer. */
const NOTHING = 418;

const HOUR = 60 * 60;
const [{ account_id, projects }] = ACCOUNTS;
const [project_id = ''] = projects;
const user_id = PAGE_USER._id;

/** A real server with the demo, and a mock that holds the same grants. */
export class Both {
  #mock: GrantkeeperMock | undefined;
  #url = '';
  readonly #tokens = new Map<Sender, string>();

  get mock(): GrantkeeperMock {
    if (!this.#mock) throw new Error('it has not been started');
    return this.#mock;
  }

  /** Starts both. Gives what stops them. */
  async start(): Promise<() => Promise<void>> {
    const folder = await mkdtemp(join(tmpdir(), 'grantkeeper-both-'));
    const server = await startServer({ DATA_DIR: folder, RATE_LIMITS: 'off' });
    await untilReady(server);
    this.#url = server.url;
    const { sign } = await openOwnIssuer(folder, readConfig({}));
    const scope = 'urn:logto:scope:sessions';
    for (const permission of ['account:admin', 'project:admin', 'account:member'] as const) {
      const claims = { sub: user_id, account_id, project_id, permissions: [permission], scope };
      this.#tokens.set(permission, await sign(claims, HOUR));
    }
    this.#tokens.set('management', await sign({ sub: 'management-api', scope: 'all' }, HOUR));
    this.#mock = await this.#copy();
    const nothing = http.all(
      /^https:\/\/api\.example\.com\//,
      () => new HttpResponse(null, { status: NOTHING }),
    );
    const msw = setupServer(...this.#mock.handlers, nothing);
    msw.listen({ onUnhandledRequest: 'bypass' });
    return async () => {
      msw.close();
      await server.stop();
      await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
    };
  }

  /** Sends a request to both, one after the other. What no document has is nothing that the mock answers. */
  async ask(sender: Sender, request: RawRequest): Promise<{ server: Outcome; mock: Outcome | undefined }> {
    if (sender && sender !== 'management') this.mock.caller.permission = sender;
    const server = await this.#outcome(this.#url, sender, request);
    const mock = await this.#outcome(BASE_URL, sender, request);
    return { server, mock: mock.status === NOTHING ? undefined : mock };
  }

  /** A mock with what the server holds. */
  async #copy(): Promise<GrantkeeperMock> {
    const token = this.#tokens.get('account:admin') ?? '';
    const client = createGrantkeeper({ baseUrl: this.#url, token });
    const grants = [];
    for await (const grant of client.grants.listAll({ status: 'all', limit: 1_000 })) grants.push(grant);
    return mockGrantkeeper({
      baseUrl: BASE_URL,
      data: { grants, meGrants: await client.me.listGrants(), verificationIds: [VERIFICATION_ID] },
      caller: { user_id, account_id, project_id },
    });
  }

  async #outcome(base: string, sender: Sender, request: RawRequest): Promise<Outcome> {
    const { method, target, headers, body } = request;
    const token = this.#tokens.get(sender);
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const response = await fetch(base + target, {
      method,
      headers: [
        ...headers.filter(([name]) => !/^(host|content-length)$/i.test(name)),
        ...(token === undefined ? [] : ([['Authorization', `Bearer ${token}`]] satisfies [string, string][])),
      ],
      ...(hasBody && { body: new Uint8Array(body) }),
    });
    const { status } = response;
    const allow = response.headers.get('allow')?.split(', ').sort().join(', ');
    const text = await response.text();
    return {
      status,
      ...(status >= 400 && faultIn(text)),
      ...(allow !== undefined && { allow }),
    };
  }
}

/** The error of an answer, in the shape of any of the documents. */
function faultIn(text: string): Pick<Outcome, 'code' | 'fields'> {
  const body = jsonOf(text);
  if (!isObject(body)) return {};
  const { type, code = type, error = code, errors, details } = body;
  const named = Array.isArray(errors) ? errors.map((one) => `${one.in} ${one.field}`) : [];
  const lines =
    typeof details === 'string' ? details.split('\n').map((line) => line.replace(/":.*/, '')) : [];
  const fields = [...named, ...lines].sort();
  // Of `limit[x]`, the server says that it has no such parameter, and that `limit` is wrong.
  return {
    code: error,
    fields: fields.filter((one) => !fields.some((other) => other.startsWith(`${one}[`))),
  };
}

/** Both, for the tests of one file. */
export function openBoth(): Both {
  const both = new Both();
  let stop = async () => {};
  beforeAll(async () => {
    stop = await both.start();
  });
  afterAll(() => stop());
  return both;
}
