import { useQuery } from '@tanstack/react-query';
import { signedInPerson } from '../session.ts';
import type { Person } from '../sign-in/code-flow.ts';

/** Who is signed in; undefined as long as nobody is. */
export function usePerson(): Person | undefined {
  const { data } = useQuery({
    queryKey: ['person'],
    queryFn: signedInPerson,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
}

/**
 * The query string of a link to another page, so that it is opened as the same person.
 *
 * @param params what else it asks for
 */
export function asSamePerson(params: Record<string, string> = {}): string {
  const as = new URLSearchParams(location.search).get('as');
  const search = new URLSearchParams({ ...(as && { as }), ...params }).toString();
  return search && `?${search}`;
}
