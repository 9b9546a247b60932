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
    const text = 'For your safety, sessions expire. Sign in again to continue.';
    return { kind: 'signed-out', title: 'You are signed out', text, requestId };
  }
  if (error instanceof ApiError && error.status === 403) {
    const text = 'Your role does not allow this.';
    return { kind: 'forbidden', title: 'You cannot see this', text, requestId };
  }
  if (hasNoAnswer(error)) {
    const text = 'The server cannot be reached. Check your connection, then try again.';
    return { kind: 'failed', title: 'No answer', text };
  }
  if (error instanceof ApiError && error.status === 503) {
    const text = 'The service is temporarily unavailable. Nothing was lost; try again soon.';
    return { kind: 'failed', title: 'Not available right now', text, requestId };
  }
  const text =
    'This is an error on our side. Try again; if it keeps happening, report it with the request number.';
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
