import {
  ApiError,
  type Grantkeeper,
  type OAuthGrant,
  type OAuthGrantAuditEvent,
  type OAuthGrantListResponse,
} from '@grantkeeper/sdk';
import { getOAuthGrantOptions, listOAuthGrantsOptions } from '@grantkeeper/sdk/react-query';
import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { CLIENT_ID } from '../settings.ts';
import { appName } from '../shared/app-name.ts';
import { projectName, userName } from '../shared/grant-name.ts';
import { usePerson } from '../shared/person.ts';

/** What ids are called. Events have ids alone: names are those of grants that the visitor may see. */
export interface Names {
  /** Undefined where no grant has a name for it. */
  user(id: string): string | undefined;
  client(id: string): string | undefined;
  project(id: string): string | undefined;
  /** Null for a grant that is gone; undefined for one that is not known yet. */
  grant(id: string): OAuthGrant | null | undefined;
}

/** Names change rarely: each is asked for once. */
const once = { staleTime: Number.POSITIVE_INFINITY } as const;

/**
 * The names for events, as far as they are known yet: those of the first grant of each, of who did it, and of the
 * signed-in person.
 *
 * @param known grants that the page has anyway
 */
export function useNames(
  grantkeeper: Grantkeeper,
  events: OAuthGrantAuditEvent[],
  known: OAuthGrant[] = [],
): Names {
  const person = usePerson();
  const firsts = new Set(events.flatMap(({ grant_ids }) => grant_ids.slice(0, 1)));
  for (const { grant_id } of known) firsts.delete(grant_id);
  const named = useGrants(grantkeeper, [...firsts]);
  const grants = [...known, ...named.values()].filter((grant) => !!grant);
  const isComplete = named.size === firsts.size;
  grants.push(...useGrantsOf(grantkeeper, isComplete ? actorsWithout(grants, events, person?.userId) : []));
  return {
    user: (id) =>
      id === person?.userId ? person.name : userName(grants.find(({ user_id }) => user_id === id)),
    client: (id) => {
      const grant = grants.find(({ client_id }) => client_id === id);
      return id === CLIENT_ID ? 'these pages' : grant && appName(grant);
    },
    project: (id) => projectName(grants.find((grant) => grant.project_id === id && projectName(grant))),
    grant: (id) => grants.find(({ grant_id }) => grant_id === id) ?? named.get(id),
  };
}

/** Grants by their ids, as far as they are known yet; null for those that are gone. */
export function useGrants({ client }: Grantkeeper, ids: string[]): Map<string, OAuthGrant | null> {
  const results = useQueries({
    queries: ids.map((grant_id) => {
      const options = { client, path: { grant_id }, query: { include_project_name: true } };
      return { ...getOAuthGrantOptions(options), ...once };
    }),
  });
  return new Map(
    ids.flatMap((id, index) => {
      const { data, error } = results[index] ?? {};
      const isGone = error instanceof ApiError && error.status === 404;
      return data || isGone ? [[id, data ?? null]] : [];
    }),
  );
}

type Party = Partial<Record<'user_id' | 'client_id', string>>;

/** Who did it, of those without a name: users, and clients. */
function actorsWithout(
  grants: OAuthGrant[],
  events: OAuthGrantAuditEvent[],
  self: string | undefined,
): Party[] {
  const idsOf = (name: keyof Party) => {
    const ids = new Set(events.flatMap(({ by }) => by[name] ?? []));
    for (const grant of grants) ids.delete(grant[name]);
    return ids;
  };
  const users = idsOf('user_id');
  const clients = idsOf('client_id');
  if (self !== undefined) users.delete(self);
  clients.delete(CLIENT_ID);
  // Members see their own grants alone, and may not ask about other people.
  const maySeeOthers = grants.some(({ user_id }) => user_id !== self);
  return [
    ...(maySeeOthers ? [...users].map((user_id) => ({ user_id })) : []),
    ...[...clients].map((client_id) => ({ client_id })),
  ];
}

/** One grant of each user and client that has any. */
function useGrantsOf({ client }: Grantkeeper, parties: Party[]): OAuthGrant[] {
  const results: UseQueryResult<OAuthGrantListResponse>[] = useQueries({
    queries: parties.map((party) => {
      const query = { ...party, status: 'all', limit: 1 } as const;
      return { ...listOAuthGrantsOptions({ client, query }), ...once };
    }),
  });
  return results.flatMap(({ data }) => data?.grants ?? []);
}
