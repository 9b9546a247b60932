import type { Collections } from '../database/collections.ts';
import { demoRows } from './rows.ts';

/**
 * Fills an empty store with the demo; leaves any other as it is. The users come last and say that the demo is
 * whole: a start that was killed in the middle is done again.
 */
export async function seedIfEmpty(collections: Collections, now: Date): Promise<void> {
  if (await collections.users.exists({})) return;
  const { clients, consents, refreshTokens, users } = demoRows(now);
  await Promise.all([
    collections.clients.deleteMany({}),
    collections.consents.deleteMany({}),
    collections.refreshTokens.deleteMany({}),
  ]);
  await Promise.all([
    collections.clients.insertMany(clients),
    collections.consents.insertMany(consents),
    collections.refreshTokens.insertMany(refreshTokens),
  ]);
  await collections.users.insertMany(users);
}
