import { randomBytes } from 'node:crypto';
import { connectDatabase } from '../server/src/database/connect.ts';
import { findEmbeddedUri } from '../server/src/database/open.ts';

/** Which database to write to. */
export interface Where {
  /** The one MONGODB_URI names; without it, the embedded one of the server that runs with `dataDir`. */
  mongodbUri: string | undefined;
  dataDir: string;
}

/**
 * Makes a verification record, as if a person had just proved who they are. Gives its id.
 *
 * @throws one error that says what to do, when no database is there
 */
export async function addVerification(where: Where, user_id: string, expires_at: Date): Promise<string> {
  const uri = where.mongodbUri ?? (await findEmbeddedUri(where.dataDir));
  if (uri === undefined) {
    throw new Error(
      `no server runs on ${where.dataDir}: start the server first (npm start), or set MONGODB_URI`,
    );
  }
  const database = await connectDatabase(uri).catch((cause: Error) => {
    throw new Error(`the database does not answer (${cause.message}): start the server first`, { cause });
  });
  try {
    const _id = randomBytes(15).toString('base64url');
    const { verificationRecords } = database.collections;
    await verificationRecords.create({ _id, user_id, type: 'Password', verified: true, expires_at });
    return _id;
  } finally {
    await database.close();
  }
}
