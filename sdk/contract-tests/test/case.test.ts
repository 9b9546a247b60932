import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { Case } from '../src/case.ts';

it('counts a difference that comes again with another request id', () => {
  const test = new Case('oauth-grants', 'a case');
  const faults = [1, 2, 3].map(() => `a 500 for what the document allows: {"request_id":"${randomUUID()}"}`);
  for (const fault of [...faults, 'a list without its grants'])
    test.differs('listOAuthGrants', fault, 'curl');
  const found = test.differences.map(({ fault, times }) => [fault, times]);
  expect(found).toEqual([
    [faults[0], 3],
    ['a list without its grants', 1],
  ]);
});
