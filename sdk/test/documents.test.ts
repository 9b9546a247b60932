import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as sdk from '../src/index.ts';
import * as queries from '../src/react-query.ts';
import * as schemas from '../src/zod.ts';

const BUNDLES = new URL('../../openapi/bundled/', import.meta.url);

interface Operation {
  operationId: string;
  /** Such as `GET /v1/me/grants`. */
  address: string;
}

/** Every operation of every contract. */
async function operations(): Promise<Operation[]> {
  const names = await readdir(BUNDLES);
  const contracts = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(name, BUNDLES), 'utf8'))),
  );
  return contracts.flatMap(({ paths }) =>
    Object.entries<Record<string, { operationId: string }>>(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({
        operationId,
        address: `${method.toUpperCase()} ${path}`,
      })),
    ),
  );
}

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8');

/** The calls that api.md lists, such as `grantkeeper.me.listGrants`, with what each sends. */
async function calls(): Promise<{ call: string; address: string }[]> {
  const lines = (await read('api.md')).matchAll(/^- `grantkeeper\.(.*)\(.*?\): .*` `(.*)`$/gm);
  return [...lines].map(([, call = '', address = '']) => ({ call, address }));
}

it('every operation of every contract has a function, a query or a mutation, a schema and a call', async () => {
  const all = await operations();
  expect(all.length).toBeGreaterThan(10);
  const addresses = (await calls()).map(({ address }) => address);
  for (const { operationId, address } of all) {
    expect(sdk).toHaveProperty(operationId);
    expect(queries).toHaveProperty(operationId + (address.startsWith('GET') ? 'Options' : 'Mutation'));
    expect(Object.keys(schemas).join()).toContain(`z${operationId[0]?.toUpperCase()}${operationId.slice(1)}`);
    expect(addresses).toContain(address);
  }
});

it('the README has an example of every call', async () => {
  const readme = await read('README.md');
  const examples = [...readme.matchAll(/^```tsx?\n(.*?)^```$/gms)].map(([, code]) => code).join();
  for (const { call } of await calls()) {
    expect(examples).toContain(`${call.replace('account(verificationId)', 'account')}(`);
  }
});
