import { ApiError, ConnectionError, GrantkeeperError, TimeoutError, TokenError } from '@grantkeeper/sdk';
import { NotSignedIn, type Reason } from '../sign-in/not-signed-in.ts';
import { count } from './words.ts';

/** What a failure means to the person in front of it. */
export interface Explanation {
  /** What can be done about it: sign in, nothing (not with this role, or not like this), or try again. */
  kind: 'signed-out' | 'forbidden' | 'refused' | 'failed';
  title: string;
  text: string;
  /** To quote when the problem is reported. */
  requestId?: string | undefined;
}

/** Says a failure in words for people. */
export function explain(error: unknown): Explanation {
  const requestId = error instanceof GrantkeeperError ? error.requestId : undefined;
  const cause = error instanceof TokenError ? error.cause : error;
  if (cause instanceof NotSignedIn) {
    const [title, text] = NOT_SIGNED_IN[cause.reason];
    return { kind: 'signed-out', title, text: cause.code ? `${text} Its answer was “${cause.code}”.` : text };
  }
  if (error instanceof ApiError && error.status === 401) {
    const [title, text] = NOT_SIGNED_IN.ended;
    return { kind: 'signed-out', title, text, requestId };
  }
  const refusal = error instanceof ApiError && REFUSALS.get(error.code ?? '');
  if (refusal) return { kind: 'failed', title: 'Nothing was changed', text: refusal, requestId };
  if (error instanceof ApiError && error.status === 403) {
    const text = 'Your role does not allow this.';
    return { kind: 'forbidden', title: 'You cannot see this', text, requestId };
  }
  if (hasNoAnswer(cause)) {
    const text = 'The server cannot be reached. Check your connection, then try again.';
    return { kind: 'failed', title: 'No answer', text };
  }
  if (error instanceof ApiError && error.status === 503) {
    const text = 'The service is temporarily unavailable. Nothing was lost; try again soon.';
    return { kind: 'failed', title: 'Not available right now', text, requestId };
  }
  if (error instanceof ApiError && error.status >= 400 && error.status < 500) {
    return { ...refusalOf(error), requestId };
  }
  const report = requestId === undefined ? 'report it' : 'report it with the request number';
  const text = `This is an error on our side. Try again; if it keeps happening, ${report}.`;
  return { kind: 'failed', title: 'That did not work', text, requestId };
}

/** What was wrong with the request. Only a 429 is worth repeating. */
function refusalOf({ status, message, retryAfter }: ApiError): Explanation {
  if (status === 404) {
    return {
      kind: 'refused',
      title: 'Not found',
      text: 'What you asked for does not exist, or no longer does.',
    };
  }
  if (status === 429) {
    const text = `Wait ${retryAfter ? lengthOf(retryAfter) : 'a moment'}, then try again.`;
    return { kind: 'failed', title: 'Too many requests', text };
  }
  const text = `It says: “${message.replace(/^\d+ /, '').replace(/\.$/, '')}.”`;
  return { kind: 'refused', title: 'The server did not accept this', text };
}

/** A time to wait, from milliseconds; never too short. */
function lengthOf(time: number): string {
  const seconds = Math.ceil(time / 1_000);
  return seconds <= 90 ? count(seconds, 'second') : count(Math.ceil(seconds / 60), 'minute');
}

/** What the API refuses because grants are not, or no longer, as the page showed them. */
const REFUSALS = new Map([
  ['suspended-by-admin', 'An admin suspended this. Only an admin can restore it.'],
  ['grant-not-active', 'This access has ended already: it was revoked, or it has expired.'],
  ['grant-not-suspended', 'It was restored or revoked meanwhile, or the time for that is over.'],
  ['grant-not-found', 'This grant no longer exists.'],
  ['grant_not_found', 'This access has ended already: it was revoked, or it has expired.'],
]);

const NOT_SIGNED_IN: Record<Reason, [title: string, text: string]> = {
  ended: ['You are signed out', 'For your safety, sessions expire. Sign in again to continue.'],
  cancelled: ['You are not signed in', 'The sign-in was cancelled.'],
  stray: ['This sign-in is over', 'It was finished already, or it began in another tab.'],
  refused: ['The sign-in failed', 'The server that you sign in to refused it.'],
  unanswered: [
    'The sign-in failed',
    'The server that you sign in to cannot be reached. Check your connection.',
  ],
};

function hasNoAnswer(cause: unknown): boolean {
  return cause instanceof ConnectionError || cause instanceof TimeoutError || cause instanceof TypeError;
}
