import { setImmediate } from 'node:timers/promises';

/** Does something with each of many items; once their sizes add up to `slice`, other requests get their turn. */
export async function inSlices<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Result,
  { slice, sizeOf }: { slice: number; sizeOf: (item: Item) => number },
): Promise<Result[]> {
  const results: Result[] = [];
  let size = 0;
  for (const item of items) {
    if (size >= slice) {
      size = 0;
      await setImmediate();
    }
    results.push(work(item));
    size += sizeOf(item);
  }
  return results;
}
