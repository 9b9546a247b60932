import type { Grantkeeper, OAuthGrantSearchResponse } from '@grantkeeper/sdk';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { appName } from '../shared/app-name.ts';
import { userName } from '../shared/grant-name.ts';
import type { View } from './view.ts';

/** The filters that name a person or an app. */
export type PartyFilter = 'user_id' | 'client_id';

/** A person or an app that a list can be narrowed to. */
export interface Party {
  filter: PartyFilter;
  id: string;
  name: string;
  /** Tells it from others of the same name. */
  detail: string;
}

/** Fewer than a server has for a name that many share: the list is to be looked through, not scrolled. */
const LIMIT = 6;

/** How long nobody types before it is searched for, in milliseconds. */
const PAUSE = 200;

/** The people and apps that match what is typed, once there is a pause; undefined until they are known. */
export function usePartySearch(grantkeeper: Grantkeeper, text: string) {
  const query = usePaused(text.trim());
  const isCurrent = query === text.trim();
  const { data, error } = useQuery({
    queryKey: ['parties', query],
    // What was typed before is dropped: its request is aborted, and its answer has another key.
    queryFn: ({ signal }) => grantkeeper.grants.search({ query, limit: LIMIT }, { signal }),
    enabled: isCurrent && query !== '',
  });
  return { parties: isCurrent && data ? partiesIn(data) : undefined, error: isCurrent ? error : null };
}

/** The chosen person and app of a view, each by its name if it is known. */
export function useChosen(grantkeeper: Grantkeeper, view: View): Party[] {
  const user = useParty(grantkeeper, 'user_id', view.user_id);
  const client = useParty(grantkeeper, 'client_id', view.client_id);
  return [user, client].filter((one) => one !== undefined);
}

/** Somebody or something by id, from the address: a search finds ids, too. */
function useParty(grantkeeper: Grantkeeper, filter: PartyFilter, id: string | undefined): Party | undefined {
  const { data } = useQuery({
    queryKey: ['parties', id ?? ''],
    queryFn: ({ signal }) => grantkeeper.grants.search({ query: id ?? '', limit: LIMIT }, { signal }),
    enabled: id !== undefined,
  });
  if (id === undefined) return undefined;
  const known = data && partiesIn(data).find((one) => one.filter === filter && one.id === id);
  return known ?? { filter, id, name: id, detail: '' };
}

function partiesIn({ users, clients }: OAuthGrantSearchResponse): Party[] {
  return [
    ...users.map((user): Party => {
      const { user_id: id, user_email } = user;
      return { filter: 'user_id', id, name: userName(user) ?? id, detail: user_email ?? id };
    }),
    ...clients.map((client): Party => {
      const { client_id: id } = client;
      return { filter: 'client_id', id, name: appName(client), detail: id };
    }),
  ];
}

/** A text, once it has stayed the same for a while. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
