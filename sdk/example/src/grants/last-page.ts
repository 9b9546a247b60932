import type { OAuthGrantListResponse } from '@grantkeeper/sdk';
import { useEffect } from 'react';
import { goInstead } from '../shared/address.ts';
import { addressOf, type View } from './view.ts';

/**
 * Leads to the last page that there is, where a view is past it: what was on the page was revoked, or the address is old.
 *
 * @param page the page of the view; undefined as long as it is not known
 */
export function useLastPage(page: OAuthGrantListResponse | undefined, view: View): void {
  const total = page?.grants.length === 0 ? page.total_count : 0;
  useEffect(() => {
    if (total === 0) return;
    goInstead(addressOf({ ...view, offset: Math.floor((total - 1) / view.limit) * view.limit }));
  }, [total, view]);
}
