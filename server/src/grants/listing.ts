import { nativeCollection } from '../database/native.ts';
import { type Grant, type GrantFilter, type GrantStatus } from './grouping.ts';
import type { GrantIdentity } from './identity.ts';
import { fromDocument, type GrantDocument } from './model/document.ts';
import type { GrantModel } from './model/model.ts';
import { refreshNames } from './model/names.ts';
import { type GrantDocumentFilter, keyOf, type Position, type Sorting, type Stretch, stretches, stretchesAfter } from './model/ordering.ts';
import { readPage } from './model/page.ts';

export interface GrantListing extends Sorting {
  filter: GrantFilter;
  status: GrantStatus | 'all';
  limit: number;
  /** Where the page begins: so many grants into the list, or behind where another page ended. */
  from: { offset: number } | { after: Position };
}

export interface GrantPage {
  grants: Grant[];
  total_count: number;
  /** Where the page ended; undefined where nothing comes after it. */
  end: Position | undefined;
}

/** How often a list is read again because something changed while it was read. */
const MOST_TRIES = 3;

/** One page of the grants chosen, and how many there are in all, both from one state of the account. */
export async function listGrants(model: GrantModel, listing: GrantListing): Promise<GrantPage> {
  await model.refresh();
  const { account_id } = listing.filter;
  for (let left = MOST_TRIES; ; left -= 1) {
    const version = await model.versions.versionOf(account_id);
    const page = await readOnce(model, listing, version);
    if (left === 1 || (page && version === (await model.versions.versionOf(account_id)))) {
    }
  }
}
