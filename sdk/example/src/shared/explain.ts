import { ApiError, ConnectionError, GrantkeeperError, TimeoutError, TokenError } from '@grantkeeper/sdk';
import { SignedOut } from '../session.ts';

/** What a failure means to the person in front of it. */
export interface Explanation {
  /** What can be done about it: sign in, nothing, or try again. */
  kind: 'signed-out' | 'forbidden' | 'failed';
  title: string;
  text: string;
  /** To quote when the problem is reported. */
  requestId?: string | undefined;
}

/** Says a failure in words for people. */
export function explain(error: unknown): Explanation {
  const requestId = error instanceof GrantkeeperError ? error.requestId : undefined;
  if (isSignedOut(error)) {
    const text = 'For your safety a session does not last for ever. Sign in to go on.';
    return { kind: 'signed-out', title: 'You are signed out', text, requestId };
  }
  if (error instanceof ApiError && error.status === 403) {
    const text = 'Your role does not include what is asked for here.';
    return { kind: 'forbidden', title: 'That is not yours to see', text, requestId };
  }
  if (hasNoAnswer(error)) {
    const text = 'The server cannot be reached. Check your connection, then try again.';
    return { kind: 'failed', title: 'No answer', text };
  }
  if (error instanceof ApiError && error.status === 503) {
    const text = 'The server is busy with itself for a moment. Nothing is lost; try again soon.';
    return { kind: 'failed', title: 'Not available right now', text, requestId };
  }
  const text = 'It is not your doing. Try again; if it goes on, report it with the number of the request.';
  return { kind: 'failed', title: 'That did not work', text, requestId };
}

function isSignedOut(error: unknown): boolean {
  if (error instanceof TokenError) return error.cause instanceof SignedOut;
  return error instanceof SignedOut || (error instanceof ApiError && error.status === 401);
}

function hasNoAnswer(error: unknown): boolean {
  const cause = error instanceof TokenError ? error.cause : error;
  return cause instanceof ConnectionError || cause instanceof TimeoutError || cause instanceof TypeError;
}
