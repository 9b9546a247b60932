import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { Document } from '../../../server/test/document.ts';
import { createGrantkeeper, type Grantkeeper } from '../../src/grantkeeper.ts';
import { type GrantkeeperMock, type MockOptions, mockGrantkeeper } from '../../src/msw.ts';

export const BASE_URL = 'https://api.example.com';
export const VERIFICATION_ID = 'verification-demo';

/** A moment at which the documents' examples keep their own times. */
export const NOW = Date.parse('2026-04-23T12:00:00.000Z');

export interface Mocked {
  mock: GrantkeeperMock;
  grantkeeper: Grantkeeper;
  /** The clock of the mock. */
  clock: { now: number };
  /** Sends a request as it is, with a token. Gives its answer. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
}

/** A mock for the tests of one file. Each of its answers is checked against its document. */
export function openMock(options: MockOptions = {}): Mocked {
  const clock = { now: NOW };
  const mock = mockGrantkeeper({ now: () => clock.now, ...options });
  const server = setupServer(...mock.handlers);
  const documents: Document[] = [];
  const checks: Promise<void>[] = [];

  server.events.on('response:mocked', ({ request, response }) => {
    if (response.type !== 'error') checks.push(check(request, response.clone()));
  });
  async function check({ method, url }: Request, response: Response): Promise<void> {
    const body = await response.text();
    if (response.headers.get('content-type') === 'application/x-ndjson') return;
    for (const document of documents) document.expectAllows(method, new URL(url).pathname, response, body);
  }

  beforeAll(async () => {
    const names = ['oauth-grants', 'account-grants', 'me-grants', 'user-consent-scopes'];
    documents.push(...(await Promise.all(names.map(Document.read))));
    server.listen({ onUnhandledRequest: 'error' });
  });
  afterEach(async () => {
    mock.reset();
    clock.now = NOW;
    await Promise.all(checks.splice(0));
  });
  afterAll(() => server.close());

  return {
    mock,
    clock,
    grantkeeper: createGrantkeeper({ baseUrl: BASE_URL, token: 'any-token', retries: 0 }),
    send: (method, path, init = {}) =>
      fetch(BASE_URL + path, { method, headers: { Authorization: 'Bearer any-token' }, ...init }),
  };
}
