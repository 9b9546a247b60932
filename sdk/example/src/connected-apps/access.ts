import type { Grantkeeper, OAuthGrant } from '@grantkeeper/sdk';
import {
  listMeGrantsQueryKey,
  listOAuthGrantsOptions,
  listOAuthGrantsQueryKey,
} from '@grantkeeper/sdk/react-query';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { projectName } from '../shared/grant-name.ts';
import { usePerson } from '../shared/person.ts';

/** What an app can do now: all that works or is paused. */
export interface Access {
  grants: OAuthGrant[];
  /** When the first of what is paused ends for good; undefined if nothing is. */
  pausedUntil: string | undefined;
  /** Only some of it is paused, such as by an admin. */
  isPartlyPaused: boolean;
  /** The names of projects by their ids; some have none. */
  projectNames: ReadonlyMap<string, string>;
}

/**
 * The access of apps, by their client ids. Apps without any are left out, and all are if OAuth Grants is not for the
 * person: pausing is not offered then.
 */
export function useAccess({ client }: Grantkeeper): Map<string, Access> {
  const user_id = usePerson()?.userId;
  const query = { ...(user_id !== undefined && { user_id }), ...NOW };
  const { data } = useQuery({ ...listOAuthGrantsOptions({ client, query }), enabled: user_id !== undefined });
  const grants = Map.groupBy(data?.grants ?? [], ({ client_id }) => client_id);
  return new Map([...grants].map(([id, grants]) => [id, accessOf(grants)]));
}

/** For `onSettled`: fetches access again and, after an error, the list of apps, which may have changed. */
export function useAccessChanged({ client }: Grantkeeper): (done: unknown, error: unknown) => Promise<void> {
  const queries = useQueryClient();
  return async (_done, error) => {
    const keys = [listOAuthGrantsQueryKey({ client }), ...(error ? [listMeGrantsQueryKey({ client })] : [])];
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

/** Suspended grants are among the active ones; nobody has as many as a page holds. */
const NOW = { status: 'active', include_suspension: true, include_project_name: true, limit: 1000 } as const;

function accessOf(grants: OAuthGrant[]): Access {
  const paused = grants.flatMap(({ suspended_until }) => suspended_until ?? []).sort();
  return {
    grants,
    pausedUntil: paused[0],
    isPartlyPaused: paused.length > 0 && paused.length < grants.length,
    projectNames: new Map(
      grants.flatMap((grant) => {
        const name = projectName(grant);
        return name ? [[grant.project_id, name]] : [];
      }),
    ),
  };
}
