import type { Collections } from './collections.ts';

/** The time that leases and cut-off revocations go by; no collection is read. */
const NOW = [{ $documents: [{}] }, { $project: { now: '$$NOW' } }];

/**
 * What time it is by the database's clock.
 *
 * @param limit how long its answer may take, in milliseconds; without one, as long as any command
 */
export async function databaseTime({ modelState: { db } }: Collections, limit?: number): Promise<Date> {
  const options = limit === undefined ? {} : { timeoutMS: limit };
  const found = db.getClient().db(db.name).aggregate<{ now: Date }>(NOW, options);
  const [time] = await found.toArray();
  if (!time) throw new Error('the database does not tell its time');
  return time.now;
}
