import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import type { GrantDocument } from './document.ts';
import { type DocumentFilter, type KeyValue, keyOf, type SortKey, type Stretch } from './ordering.ts';

type Grants = mongo.Collection<GrantDocument>;
type SortedStretch = Stretch & { key: SortKey };

interface Window {
  offset: number;
  limit: number;
}

/** A document in a list, and the stretch of the list that it lies in. */
export interface Placed {
  document: GrantDocument;
  stretch: Stretch;
}

/** The documents of a list made of stretches, from an offset on. */
export async function readPage(
  grants: Grants,
  stretches: Stretch[],
  { offset, limit }: Window,
): Promise<Placed[]> {
  const page: Placed[] = [];
  let skipped = 0;
  for (const stretch of stretches) {
    const wanted = { offset: Math.max(0, offset - skipped), limit: limit - page.length };
    const documents = await readStretch(grants, stretch, wanted);
    page.push(...documents.map((document) => ({ document, stretch })));
    if (page.length === limit) break;
    if (documents.length > 0) skipped = offset;
    else if (wanted.offset > 0) skipped += await count(grants, stretch);
  }
  return page;
}

function readStretch(grants: Grants, stretch: Stretch, window: Window): Promise<GrantDocument[]> {
  const { key, direction } = stretch;
  if (key === undefined) return read(grants, stretch, { _id: 1 }, window);
  if (direction === 1) return read(grants, stretch, { [key]: 1, _id: 1 }, window);
  return readBackwards(grants, { ...stretch, key }, window);
}

/**
 * Reads an index from its end. Ties come in the wrong order then: those that lie in the window whole are turned around
 * here, and those that its edges cut are read again, forwards.
 */
async function readBackwards(
  grants: Grants,
  stretch: SortedStretch,
  { offset, limit }: Window,
): Promise<GrantDocument[]> {
  const { key } = stretch;
  // One more on either side shows where the edges cut.
  const before = Math.min(1, offset);
  const around = { offset: offset - before, limit: limit + before + 1 };
  const found = await read(grants, stretch, { [key]: -1, _id: -1 }, around);
  const page = found.slice(before, before + limit);
  const [previous] = before === 1 ? found : [];
  const next = found[before + limit];
  const isCut = (neighbour: GrantDocument | undefined, value: KeyValue) =>
    neighbour !== undefined && isSame(keyOf(neighbour, key), value);

  const ordered: GrantDocument[] = [];
  for (const { value, documents } of tiesOf(page, key)) {
    const isCutBefore = ordered.length === 0 && isCut(previous, value);
    if (!isCutBefore && !isCut(next, value)) {
      ordered.push(...documents.toReversed());
      continue;
    }
    const above = { ...stretch, filter: { $and: [stretch.filter, { [key]: { $gt: value } }] } };
    const skipped = isCutBefore ? offset - (await count(grants, above)) : 0;
    const tie = { ...stretch, filter: { $and: [stretch.filter, { [key]: value }] } };
    ordered.push(...(await read(grants, tie, { _id: 1 }, { offset: skipped, limit: documents.length })));
  }
  return ordered;
}

function read(
  grants: Grants,
  { filter, hint }: Stretch,
  sort: Record<string, 1 | -1>,
  { offset, limit }: Window,
): Promise<GrantDocument[]> {
  const options = { maxTimeMS: READ_LIMIT_MS, ...(hint ? { hint } : {}) };
  return grants.find(filter, options).sort(sort).skip(offset).limit(limit).batchSize(limit).toArray();
}

function count(grants: Grants, { filter, hint }: { filter: DocumentFilter; hint: Stretch['hint'] }) {
  return grants.countDocuments(filter, { maxTimeMS: READ_LIMIT_MS, ...(hint ? { hint } : {}) });
}

/** Neighbours of the same value, together. */
function tiesOf(documents: GrantDocument[], key: SortKey) {
  const ties: { value: KeyValue; documents: GrantDocument[] }[] = [];
  for (const document of documents) {
    const value = keyOf(document, key);
    const last = ties.at(-1);
    if (last && isSame(last.value, value)) last.documents.push(document);
    else ties.push({ value, documents: [document] });
  }
  return ties;
}

function isSame(a: KeyValue, b: KeyValue): boolean {
  return a?.valueOf() === b?.valueOf();
}
