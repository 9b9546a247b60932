import type { GrantIdentity } from './identity.ts';

/** Cuts a stream into batches of `size`; the last one may be smaller. */
export async function* inBatches<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The most characters of grant values in one query; they are serialized in a few milliseconds. */
const MAX_QUERY_LENGTH = 128 * 1024;

/** Cuts grants into slices that one query names by their six values. */
export function* slicesOf(identities: Iterable<GrantIdentity>): Generator<GrantIdentity[]> {
  let slice: GrantIdentity[] = [];
  let size = 0;
  for (const identity of identities) {
    slice.push(identity);
    size += JSON.stringify(identity).length;
    if (size < MAX_QUERY_LENGTH) continue;
    yield slice;
    slice = [];
    size = 0;
  }
  if (slice.length > 0) yield slice;
}
