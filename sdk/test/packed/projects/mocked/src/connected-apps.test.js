// @vitest-environment happy-dom
import { createGrantkeeper } from '@grantkeeper/sdk';
import { mockGrantkeeper } from '@grantkeeper/sdk/msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { showApps } from './connected-apps.js';

const mock = mockGrantkeeper();
const server = setupServer(...mock.handlers);
const grantkeeper = createGrantkeeper({ baseUrl: 'https://api.example.com', token: 'any-token', retries: 0 });

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => mock.reset());
afterAll(() => server.close());

const names = (list) => [...list.querySelectorAll('button')].map(({ textContent }) => textContent);

it('shows an app until its button is clicked', async () => {
  const list = document.createElement('ul');
  await showApps(list, grantkeeper);
  const [first, ...others] = names(list);
  expect(first).toBe('Revoke Claude Code');
  list.querySelector('button').click();
  await vi.waitFor(() => expect(names(list)).toEqual(others), { timeout: 30_000 });
});

it('says so if the server has too much to do', async () => {
  mock.fail('listMeGrants', 503, { example: 'overloaded' });
  const list = document.createElement('ul');
  await showApps(list, grantkeeper);
  expect(list.textContent).toContain('too much to do');
});
