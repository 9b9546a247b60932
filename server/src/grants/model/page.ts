import type { mongo } from 'mongoose';
import type { GrantDocument } from './document.ts';
import { type GrantDocumentFilter, keyOf, type SortKey, type Stretch } from './ordering.ts';

type Grants = mongo.Collection<GrantDocument>;

interface Window {
  offset: number;
  limit: number;
}

/** Documents of a list made of stretches, from an offset on, and with each the stretch that it lies in. */
export async function readPage(
  grants: Grants,
  filter: GrantDocumentFilter,
  stretches: Stretch[],
  { offset, limit }: Window,
): Promise<{ document: GrantDocument; stretch: Stretch }[]> {
  const page: { document: GrantDocument; stretch: Stretch }[] = [];
  let skipped = 0;
  for (const stretch of stretches) {
    const wanted = { offset: Math.max(0, offset - skipped), limit: limit - page.length };
    const within = { $and: [filter, stretch.filter] };
    const documents = await readStretch(grants, within, stretch, wanted);
    page.push(...documents.map((document) => ({ document, stretch })));
    if (page.length === limit) break;
    if (documents.length > 0) skipped = offset;
    else if (wanted.offset > 0) skipped += await grants.countDocuments(within);
  }
  return page;
}

async function readStretch(
  grants: Grants,
  filter: GrantDocumentFilter,
  { key, direction }: Stretch,
  window: Window,
): Promise<GrantDocument[]> {
  if (!key) return read(grants, filter, { _id: 1 }, window);
  if (direction === 1) return read(grants, filter, { [key]: 1, _id: 1 }, window);
  return readBackwards(grants, filter, key, window);
}

/**
 * Reads an index from its end. Ties come in the wrong order then: those that lie in the window whole are turned around
 * here, and those that its edges cut are read again, forwards.
 */
async function readBackwards(
  grants: Grants,
  filter: GrantDocumentFilter,
  key: SortKey,
  { offset, limit }: Window,
): Promise<GrantDocument[]> {
  // One more on either side shows where the edges cut.
  const before = Math.min(1, offset);
  const found = await read(grants, filter, { [key]: -1, _id: -1 }, { offset: offset - before, limit: limit + before + 1 });
  const [previous] = before === 1 ? found : [];
  const next = found[before + limit];
  const page = found.slice(before, before + limit);

  const ordered: GrantDocument[] = [];
  for (const tie of tiesOf(page, key)) {
    const [first] = tie;
    if (!first) continue;
    const value = keyOf(first, key);
    const isCutBefore = previous !== undefined && ordered.length === 0 && isSame(keyOf(previous, key), value);
    const isCutAfter = next !== undefined && isSame(keyOf(next, key), value);
    if (!isCutBefore && !isCutAfter) {
      ordered.push(...tie.toReversed());
      continue;
    }
    const start = isCutBefore ? offset - (await grants.countDocuments({ $and: [filter, { [key]: { $gt: value } }] })) : 0;
    const same = { $and: [filter, { [key]: value }] };
    ordered.push(...(await read(grants, same, { _id: 1 }, { offset: start, limit: tie.length })));
  }
  return ordered;
}

function read(
  grants: Grants,
  filter: GrantDocumentFilter,
  sort: Record<string, 1 | -1>,
  { offset, limit }: Window,
): Promise<GrantDocument[]> {
  return grants.find(filter).sort(sort).skip(offset).limit(limit).toArray();
}

function tiesOf(documents: GrantDocument[], key: SortKey): GrantDocument[][] {
  const ties: GrantDocument[][] = [];
  let last: Date | string | null | undefined;
  for (const document of documents) {
    const value = keyOf(document, key);
    if (last !== undefined && isSame(last, value)) ties.at(-1)?.push(document);
    else ties.push([document]);
    last = value;
  }
  return ties;
}

function isSame(a: Date | string | null, b: Date | string | null): boolean {
  return a?.valueOf() === b?.valueOf();
}
