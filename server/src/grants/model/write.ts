import { mongo } from 'mongoose';
import type { GrantDocument } from './document.ts';

type Grants = mongo.Collection<GrantDocument>;

/**
 * Writes documents of one look, but for those that a later look has won; gives the hashes of these. What the model most
 * likely has not is inserted, the rest replaced: either is one statement, several times as fast as one for each.
 */
export async function writeDocuments(
  grants: Grants,
  documents: GrantDocument[],
  look: bigint,
  isKnown: (document: GrantDocument) => boolean = () => false,
): Promise<bigint[]> {
  const refused = await insert(
    grants,
    documents.filter((document) => !isKnown(document)),
  );
  return replaceOlder(grants, [...documents.filter(isKnown), ...refused], look);
}

/** Gives those that were refused because there is one with the same `_id`. */
async function insert(grants: Grants, documents: GrantDocument[]): Promise<GrantDocument[]> {
  if (documents.length === 0) return [];
  try {
    await grants.insertMany(documents, { ordered: false });
    return [];
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return errors.flatMap(({ index }) => documents[index] ?? []);
  }
}

const DUPLICATE_KEY = 11_000;

async function replaceOlder(grants: Grants, documents: GrantDocument[], look: bigint): Promise<bigint[]> {
  const lost: bigint[] = [];
  let left = documents;
  while (left.length > 0) {
    const byHash = inOneStatement(left);
    left = left.filter((document) => byHash.get(String(document.grant_hash)) !== document);
    lost.push(...(await replaceAll(grants, byHash, look)));
  }
  return lost;
}

/** The first of some documents, by hash: as many as a statement has room for, and one of those that share a hash. */
function inOneStatement(documents: GrantDocument[]): Map<string, GrantDocument> {
  const byHash = new Map<string, GrantDocument>();
  let size = 0;
  for (const document of documents) {
    size += mongo.BSON.calculateObjectSize(document);
    if (byHash.size > 0 && size > MOST_BYTES) break;
    const key = String(document.grant_hash);
    if (!byHash.has(key)) byHash.set(key, document);
  }
  return byHash;
}

/** A statement may have 16 MB; this one says every `_id` twice. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Gives all hashes where a later look has won any. */
async function replaceAll(
  grants: Grants,
  byHash: Map<string, GrantDocument>,
  look: bigint,
): Promise<bigint[]> {
  const documents = [...byHash.values()];
  const _id = { $in: documents.map((document) => document._id) };
  const own = { field: { $toString: '$grant_hash' }, input: { $literal: Object.fromEntries(byHash) } };
  const { matchedCount } = await grants.updateMany({ _id, look: { $lt: look } }, [
    { $replaceWith: { $getField: own } },
  ]);
  return matchedCount === documents.length ? [] : documents.map(({ grant_hash }) => grant_hash);
}
