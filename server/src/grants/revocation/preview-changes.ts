import type { GrantModel } from '../read-model/model.ts';
import type { GrantIdentity } from '../rows/identity.ts';
import {
  bringInSelected,
  compareGrants,
  grantsWithIdentity,
  type SelectedGrant,
  selectedGrants,
} from './preview-selection.ts';
import { chunksOf, type PreviewedGrant, previewStoreOf, type StoredPreview } from './preview-store.ts';

/** How many grants are named. */
const MAX_NAMED = 10;

/** How the selected grants differ from those of a preview. */
export interface PreviewChanges {
  added: number;
  removed: number;
  other_status: number;
  /** Up to ten of them. */
  named: GrantIdentity[];
}

/**
 * Compares what a preview selects now with what it selected then: which grants, and their statuses. Returns undefined
 * if nothing changed. Both are read in the same order, side by side, so that neither has to fit into memory.
 */
export async function changesSince(
  model: GrantModel,
  preview: StoredPreview,
  stopping: AbortSignal,
): Promise<PreviewChanges | undefined> {
  const changes: PreviewChanges = { added: 0, removed: 0, other_status: 0, named: [] };
  const note = (kind: 'added' | 'removed' | 'other_status', { identity }: PreviewedGrant) => {
    changes[kind] += 1;
    if (changes.named.length < MAX_NAMED) changes.named.push(identity);
  };
  // A grant between two tokens that was not counted may be there, or not: neither is a change.
  const removed = (grant: PreviewedGrant) => grant.is_uncounted || note('removed', grant);

  if (!preview.by_ids) await bringInSelected(model, preview);
  let chunks = 0;
  const countedChunks = async function* () {
    for await (const { grants } of readChunks(model, preview._id)) {
      stopping.throwIfAborted();
      chunks += 1;
      yield grants;
    }
  };
  for await (const [then, now] of sideBySide(model, preview, countedChunks())) {
    if (!then) note('added', now);
    else if (!now) removed(then);
    else if (then.status !== now.status) note('other_status', now);
  }
  if (chunks !== preview.chunks) throw incomplete(preview);
  return changes.named.length > 0 ? changes : undefined;
}

/** Part of the set is gone: executing the rest would not be what was previewed. */
export function incomplete({ _id }: Pick<StoredPreview, '_id'>): Error {
  return new Error(`the set of preview ${_id} is incomplete`);
}

export async function* readChunks(model: GrantModel, preview: string) {
  const { chunks } = previewStoreOf(model.collections);
  const found = chunks.find(chunksOf(preview), { sort: { _id: 1 }, batchSize: 2 });
  for await (const chunk of found) yield chunk;
}

type Pair = [then: PreviewedGrant, now: SelectedGrant | undefined] | [then: undefined, now: SelectedGrant];

async function* sideBySide(
  model: GrantModel,
  preview: StoredPreview,
  chunks: AsyncIterable<PreviewedGrant[]>,
): AsyncGenerator<Pair> {
  if (preview.by_ids) {
    for await (const chunk of chunks) {
      const identities = chunk.map(({ identity }) => identity);
      yield* merged(chunk, grantsWithIdentity(model, identities, { isFresh: false }));
    }
    return;
  }
  yield* merged(flat(chunks), selectedGrants(model, preview));
}

async function* flat<Item>(lists: AsyncIterable<Item[]>): AsyncGenerator<Item> {
  for await (const list of lists) yield* list;
}

/** Pairs grants that are in both, which come in the same order. */
async function* merged(
  before: Iterable<PreviewedGrant> | AsyncIterable<PreviewedGrant>,
  after: AsyncIterable<SelectedGrant>,
): AsyncGenerator<Pair> {
  const present = after[Symbol.asyncIterator]();
  let next = await present.next();
  try {
    for await (const then of before) {
      while (!next.done && compareGrants(next.value.identity, then.identity) < 0) {
        yield [undefined, next.value];
        next = await present.next();
      }
      const isThere = !next.done && compareGrants(next.value.identity, then.identity) === 0;
      yield [then, isThere ? next.value : undefined];
      if (isThere) next = await present.next();
    }
    while (!next.done) {
      yield [undefined, next.value];
      next = await present.next();
    }
  } finally {
    await present.return?.();
  }
}
