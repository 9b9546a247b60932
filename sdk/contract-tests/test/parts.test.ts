import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Operation } from '../src/documents.ts';
import { readOperations } from '../src/documents.ts';
import { KnownValues } from '../src/requests/known-values.ts';
import { type Ingredients, partsOf } from '../src/requests/parts.ts';

const NOTHING: Ingredients = { values: {}, bodies: {} };
const operations = await readOperations();

function having(place: string) {
  return operations.filter(({ parameters }) => parameters?.some((one) => one.in === place));
}

function sample(operation: Operation, ingredients: Ingredients) {
  return fc.sample(partsOf(operation, ingredients), { seed: 1, numRuns: 300 });
}

it.each(having('header'))('the headers that are made up for $operationId can be sent as they are', (one) => {
  const headers = sample(one, NOTHING).flatMap((parts) => parts.headers);
  expect(headers).not.toEqual([]);
  for (const [name, value] of headers) {
    expect(() => validateHeaderValue(name, value)).not.toThrow();
    expect(value).toBe(value.trim());
    expect(value).not.toBe('');
  }
});

it.each(having('query'))(
  'each parameter of a query of $operationId is in about half of the requests',
  (one) => {
    const known = new KnownValues();
    known.learn({ grant_id: 'a-grant' });
    const queries = sample(one, known.ingredients()).map(({ query }) => Object.fromEntries(query));
    const names =
      one.parameters?.filter((parameter) => parameter.in === 'query').map(({ name }) => name) ?? [];
    const isNeverMadeUp = (name: string) => name === 'cursor' && one.operationId !== 'listOAuthGrants';
    for (const name of names.filter((each) => !isNeverMadeUp(each))) {
      const count = queries.filter((query) => name in query).length;
      expect(count, name).toBeGreaterThan(50);
      expect(count, name).toBeLessThan(250);
    }
  },
);

it('no cursor and no id of a grant is made up in a query', () => {
  const queries = having('query').flatMap((one) => sample(one, NOTHING).flatMap(({ query }) => query));
  expect(queries.filter(([name]) => ['cursor', 'grant_id'].includes(name))).toEqual([]);
});

it('makes requests of ids that a faulty server has cut through a character', () => {
  const half = '\ud83d';
  const known = new KnownValues();
  known.learn({ grant_id: half, user_id: half });
  for (const one of operations) expect(() => sample(one, known.ingredients())).not.toThrow();
});
