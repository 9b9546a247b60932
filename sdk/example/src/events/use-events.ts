import type { AuditEventsQuery, Grantkeeper } from '@grantkeeper/sdk';
import { listOAuthGrantAuditEventsInfiniteOptions } from '@grantkeeper/sdk/react-query';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';

/** Audit events, newest first, as many pages of them as were asked for. */
export function useEvents({ client }: Grantkeeper, query: AuditEventsQuery) {
  return useInfiniteQuery({
    ...listOAuthGrantAuditEventsInfiniteOptions({ client, query }),
    initialPageParam: {},
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** What `useEvents` gives. */
export type Events = ReturnType<typeof useEvents>;
