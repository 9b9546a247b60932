import { expect, it } from 'vitest';
import { emptyStore, seedIfEmpty } from '../../src/demo/seed.ts';
import { useService } from '../service.ts';

const service = useService();

it('empties the store and what the authorization server keeps, and leaves what is not theirs', async () => {
  const { collections } = service.database;
  const { db } = collections.users;
  await seedIfEmpty(collections, service.now);
  const others = ['oidc_session', 'oidc_interaction', 'of_somebody_else'].map((name) => db.collection(name));
  for (const other of others) await other.insertOne({ is: 'kept' });
  const count = () => Promise.all([collections.users, ...others].map((kept) => kept.countDocuments()));
  expect(await count()).toEqual([expect.any(Number), 1, 1, 1]);
  await emptyStore(collections);
  expect(await count()).toEqual([0, 0, 0, 1]);
  expect(await seedIfEmpty(collections, service.now)).toBe(true);
});
