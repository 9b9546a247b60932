import { createGrantkeeper, type Grantkeeper } from '@grantkeeper/sdk';
import { API } from './settings.ts';
import { authorizationServer } from './sign-in/authorization-server.ts';
import { exchange, leave, type Person, renew, type SignedIn, takeAnswer } from './sign-in/code-flow.ts';
import { NotSignedIn } from './sign-in/not-signed-in.ts';

/*
 * Who is signed in to this page. Tokens are in memory: a reload goes through the authorization server, whose own session
 * answers without asking.
 */

/** At once: what reads the address must find the one that the sign-in began at. */
const answer = takeAnswer();

let session: Promise<SignedIn> | undefined;

/** The API as the signed-in person may use it. If nobody is, every call fails with a TokenError caused by NotSignedIn. */
export function openApi(): Grantkeeper {
  return createGrantkeeper({ baseUrl: API, token });
}

/** Who is signed in. @throws NotSignedIn if nobody is */
export async function signedInPerson(): Promise<Person> {
  return (await signedIn()).person;
}

/** Leads to the authorization server once more: only ever at the person's wish, so that there is no loop. */
export function signInAgain(): void {
  location.reload();
}

async function token(refused: string | undefined): Promise<string> {
  const current = await signedIn();
  if (current.accessToken !== refused) return current.accessToken;
  return (await become(renew(await authorizationServer(), current), current)).accessToken;
}

/** The session: of the answer that the page was opened with, or of a sign-in for which the page is left. */
function signedIn(): Promise<SignedIn> {
  session ??= become(begin());
  return session;
}

async function begin(): Promise<SignedIn> {
  const server = await authorizationServer();
  if (!answer) return leave(server);
  const begun = await exchange(server, answer);
  nameInAddress(begun.person);
  return begun;
}

/** Keeps what comes, also that nobody is signed in. If no answer came, `before` stays, and the next call tries again. */
async function become(coming: Promise<SignedIn>, before?: SignedIn): Promise<SignedIn> {
  try {
    const next = await coming;
    session = Promise.resolve(next);
    return next;
  } catch (error) {
    if (!(error instanceof NotSignedIn)) session = before && Promise.resolve(before);
    else if (before) session = coming;
    throw error;
  }
}

/** `?as=` asks for a person. If somebody else signed in, it names them instead. */
function nameInAddress({ id }: Person): void {
  const url = new URL(location.href);
  const asked = url.searchParams.get('as');
  if (asked === null || asked === id) return;
  if (id === undefined) url.searchParams.delete('as');
  else url.searchParams.set('as', id);
  history.replaceState(null, '', url);
}
