import type { Client } from '@grantkeeper/sdk';
import {
  listOAuthGrantAuditEventsInfiniteQueryKey,
  listOAuthGrantsQueryKey,
} from '@grantkeeper/sdk/react-query';
import { useQueryClient } from '@tanstack/react-query';

/** Asks again for the grants on the page and their histories; resolves when both are there. */
export function useGrantsChanged(client: Client): () => Promise<void> {
  const queries = useQueryClient();
  const keys = [listOAuthGrantsQueryKey({ client }), listOAuthGrantAuditEventsInfiniteQueryKey({ client })];
  return async () => {
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}
