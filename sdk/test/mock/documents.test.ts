import { describe, expect, it } from 'vitest';
import { readOperations } from '../../contract-tests/src/documents.ts';
import { bodies as BODIES, documented } from '../../src/generated/documented.gen.ts';
import type { AnyOperation } from '../../src/mock/answers.ts';
import type { OperationId } from '../../src/mock/documents.ts';
import { Orders } from '../../src/mock/orders.ts';
import { openMock } from './mocked.ts';

const { mock, send } = openMock();

const ids = Object.keys(documented) as OperationId[];

/** An address of an operation: with the examples that its document has for the parameters in its path. */
function addressOf(id: OperationId): string {
  const { path, parameters } = documented[id];
  return path.replace(/\{(\w+)\}/g, (_, name) => parameters.find((one) => one.name === name)?.example ?? '');
}

/** A request that an operation does not refuse. */
function goodRequest(id: OperationId): RequestInit {
  const headers = {
    Authorization: 'Bearer any-token',
    'Content-Type': 'application/json',
    'logto-verification-id': 'verification-demo',
  };
  const bodies: Partial<Record<OperationId, object>> = {
    revokeOAuthGrants: { client_id: 'vts_abc123' },
    searchOAuthGrants: { query: 'claude' },
    assignUserConsentScopes: { userScopes: ['phone'] },
  };
  return { headers, ...(bodies[id] && { body: JSON.stringify(bodies[id]) }) };
}

/** Every error that a document shows for an operation. */
const errors = ids.flatMap((id) => {
  const answers: AnyOperation = documented[id].answers;
  return Object.entries(answers).flatMap(([status, answer]) =>
    Number(status) < 400
      ? []
      : Object.keys(answer?.examples ?? {}).map((example) => ({ id, status: Number(status), example })),
  );
});

describe.each(ids)('%s', (id) => {
  const { method } = documented[id];

  it('answers a good request with the good answer of its document', async () => {
    if (id === 'restoreOAuthGrant') await send('POST', addressOf('suspendOAuthGrant'));
    const response = await send(method, addressOf(id), goodRequest(id));
    expect(response.status).toBeLessThan(300);
  });

  it('answers a request without a token with a 401, which no client takes for an expired one', async () => {
    const response = await send(method, addressOf(id), { headers: {} });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="grantkeeper"');
  });

  it('answers a parameter that it does not have with a 400 that names it', async () => {
    const response = await send(method, `${addressOf(id)}?colour=red`, goodRequest(id));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('colour');
  });
});

it.each(errors)('$id fails with $status $example if it is ordered to', async ({ id, status, example }) => {
  const orders = { id, status, example };
  // The types hold an order to what there is; here all that there is comes from a table.
  Reflect.apply(mock.fail, mock, [orders.id, orders.status, { example }]);
  const { method, answers } = documented[id];
  const response = await send(method, addressOf(id), goodRequest(id));
  expect(response.status).toBe(status);
  const shown = (answers as AnyOperation)[status]?.examples[example];
  const body = await response.json();
  const isNamed = 'request_id' in body;
  expect(body).toEqual({ ...shown, ...(isNamed && { request_id: response.headers.get('x-request-id') }) });
});

it('an order for what the document does not have is refused at once, and says what there is', () => {
  const orders = new Orders();
  expect(() => orders.fail('listMeGrants', 404, {})).toThrow(
    'listMeGrants has no answer 404 in its document',
  );
  expect(() => orders.fail('listMeGrants', 503, { example: 'busy' })).toThrow('only overloaded, unavailable');
});

it('an order for an operation that is none is refused at once, and says which there are', () => {
  for (const wrong of [
    () => Reflect.apply(mock.fail, mock, ['nope', 503]),
    () => Reflect.apply(mock.fail, mock, ['nope', 'network']),
    () => Reflect.apply(mock.delay, mock, [1, 'toString']),
  ]) {
    expect(wrong).toThrow(/^there is no operation (nope|toString), only listMyAccountGrants, /);
  }
});

it('the bodies of requests are what the documents say', async () => {
  const bodies = (await readOperations()).flatMap(({ operationId, requestBody }) =>
    requestBody ? [[operationId, meant(requestBody.content['application/json'].schema)]] : [],
  );
  expect(BODIES).toEqual(Object.fromEntries(bodies));
});

/** A schema without what is for people. */
function meant(schema: object): object {
  const forPeople = ['title', 'description', 'x-beyond-published', 'x-asks-beyond-published'];
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    const isSchema = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isSchema) return value;
    return Object.fromEntries(Object.entries(value).filter(([name]) => !forPeople.includes(name)));
  });
}
