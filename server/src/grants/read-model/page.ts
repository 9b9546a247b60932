import type { mongo } from 'mongoose';
import { READ_LIMIT_MS } from '../../database/connect.ts';
import type { StoredGrant } from '../rows/store.ts';
import type { Stretch } from './ordering.ts';
import { SHOWN_FIELDS, type ShownFields } from './stored-grant.ts';

type Grants = mongo.Collection<StoredGrant>;

interface Window {
  offset: number;
  limit: number;
}

/** A stored grant in a list, and the stretch it lies in. */
export interface Placed {
  grant: ShownFields;
  stretch: Stretch;
}

/** The stored grants of a list made of stretches: `limit` at most, from `offset` on. */
export async function readPage(
  grants: Grants,
  stretches: Stretch[],
  { offset, limit }: Window,
): Promise<Placed[]> {
  const page: Placed[] = [];
  let skipped = 0;
  for (const stretch of stretches) {
    const wanted = { offset: Math.max(0, offset - skipped), limit: limit - page.length };
    const found = await readStretch(grants, stretch, wanted);
    page.push(...found.map((grant) => ({ grant, stretch })));
    if (page.length === limit) break;
    if (found.length > 0) skipped = offset;
    else if (wanted.offset > 0) skipped += await count(grants, stretch);
  }
  return page;
}

/** The first batch has room for one more than wanted, which saves asking the database whether there is another. */
function readStretch(
  grants: Grants,
  { filter, key, direction, hint }: Stretch,
  { offset, limit }: Window,
): Promise<ShownFields[]> {
  const sort = { ...(key === undefined ? {} : { [key]: direction }), _id: direction };
  const options = { projection: SHOWN_FIELDS, maxTimeMS: READ_LIMIT_MS, ...(hint ? { hint } : {}) };
  const found = grants.find<ShownFields>(filter, { ...options, batchSize: limit + 1 });
  return found.sort(sort).skip(offset).limit(limit).toArray();
}

function count(grants: Grants, { filter, hint }: Stretch): Promise<number> {
  return grants.countDocuments(filter, { maxTimeMS: READ_LIMIT_MS, ...(hint ? { hint } : {}) });
}
