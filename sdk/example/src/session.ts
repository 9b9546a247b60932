import { createGrantkeeper, type Grantkeeper } from '@grantkeeper/sdk';

/*
 * Who is signed in. Here that is one of the demo's people, named in the address; a real page asks its own sign-in for
 * the access token, and this file is all it replaces.
 */

/** Where the API is: beside the pages or at their own origin, unless the page says otherwise. */
const API = apiOrigin();

/** Someone whom a visitor of the demo can be. */
export interface Person {
  id: string;
  name: string;
  role: string;
  /** What they may see, as a sentence. */
  sees: string;
  /** The documents that their access tokens are good for. */
  documents: string[];
}

/** Nobody is signed in, or not any more. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut';
}

/** Whom the address names, `?as=michael`. */
export function personInAddress(): string | undefined {
  return new URLSearchParams(location.search).get('as') ?? undefined;
}

/**
 * The API as this person may use it. The access token is kept in memory only, and renewed when it has expired. For nobody
 * every call fails with a TokenError whose cause is SignedOut.
 */
export function signIn(person: string | undefined): Grantkeeper {
  return createGrantkeeper({ baseUrl: API, token: () => requestToken(person) });
}

/** Everyone whom a visitor of these pages can be. */
export async function listPeople(): Promise<Person[]> {
  const answer = await fetch(`${API}/app/people`);
  const { people }: { people: Person[] } = await bodyOf(answer);
  return people.filter(({ documents }) => documents.includes('oauth-grants'));
}

async function requestToken(person: string | undefined): Promise<string> {
  if (person === undefined) throw new SignedOut('nobody is signed in');
  const address = `${API}/app/people/${encodeURIComponent(person)}/token`;
  const answer = await fetch(address, { method: 'POST' });
  if (answer.status === 404) throw new SignedOut('there is no such person to be');
  return (await bodyOf(answer)).access_token;
}

async function bodyOf(answer: Response) {
  if (!answer.ok) throw new Error(`the sign-in answered ${answer.status}`);
  return answer.json();
}

function apiOrigin(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="grantkeeper-api"]');
  const said = meta?.content ?? '/';
  // A server of ours has the pages at /app/ and the API beside it: below a prefix, where a proxy strips one.
  const [, beside = '/'] = /^(.*\/)app\/(?:[\w-]+\/)?[^/]*$/.exec(location.pathname) ?? [];
  return new URL(said === '/' ? beside : said, location.href).href.replace(/\/$/, '');
}
