/**
 * Why nobody is signed in: the session ended; the person cancelled; what came back was not the answer to what this tab
 * asked; the server refused, or did not answer, while a sign-in was finished.
 */
export type Reason = 'ended' | 'cancelled' | 'stray' | 'refused' | 'unanswered';

/** Nobody is signed in, and only the person can change that: the page does not begin again by itself. */
export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn';
  readonly reason: Reason;
  /** The server's error code (RFC 6749, sections 4.1.2.1 and 5.2), if it sent one. */
  readonly code: string | undefined;

  constructor(reason: Reason, { code, cause }: { code?: string | undefined; cause?: unknown } = {}) {
    super(`nobody is signed in: ${reason}`, { cause });
    this.reason = reason;
    this.code = code;
  }
}
