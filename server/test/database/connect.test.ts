import { expect, it, onTestFinished } from 'vitest';
import { connectDatabase } from '../../src/database/connect.ts';
import { useService } from '../service.ts';

const service = useService();

it('a URI cannot weaken what an answer promises: journaled by a majority, read from the primary', async () => {
  const uri = new URL(service.uri);
  uri.search = 'w=1&journal=false&readPreference=secondaryPreferred';
  const { collections, close } = await connectDatabase(uri.href);
  onTestFinished(close);
  const { writeConcern, readPreference } = collections.users.db.getClient().options;
  expect(writeConcern).toMatchObject({ w: 'majority', journal: true });
  expect(readPreference.mode).toBe('primary');
});
