import { randomBytes } from 'node:crypto';
import { type Where, withDatabase } from './database.ts';

/**
 * Creates a verification record, as if a user had just verified their identity. Returns its id.
 *
 * @throws one error that says what to do, if there is no database
 */
export function addVerification(where: Where, user_id: string, expires_at: Date): Promise<string> {
  return withDatabase(where, async ({ collections }) => {
    const _id = randomBytes(15).toString('base64url');
    const { verificationRecords } = collections;
    await verificationRecords.create({ _id, user_id, type: 'Password', verified: true, expires_at });
    return _id;
  });
}
