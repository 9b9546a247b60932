import { isToken } from './checks.ts';
import { TokenError } from './errors.ts';

/**
 * Where access tokens come from: the token itself, or a function that gives one. The function is called for the first
 * request, and again when the server has refused the token it gave, which it then receives; requests in parallel share
 * one call. It need not keep anything itself.
 */
export type Token = string | ((refused: string | undefined) => string | Promise<string>);

/** Keeps the token that a `Token` gives until it is refused. */
export interface TokenSource {
  /** The token to send: another than the refused one, if there is another. It rejects with a TokenError. */
  get(refused: string | undefined): Promise<string>;
  /** Waits no longer for a token that has not come: the next request asks anew. */
  giveUp(): void;
}

export function createTokenSource(token: Token): TokenSource {
  let held: Promise<string> | undefined;
  /** What `held` gives, once it is there. */
  let given: string | undefined;

  async function ask(refused: string | undefined): Promise<string> {
    let given: unknown = token;
    try {
      if (typeof token === 'function') given = await token(refused);
    } catch (cause) {
      throw new TokenError('the token function failed', { cause });
    }
    // What no header can hold, such as an HTML page, would be named in the error that says so.
    if (!isToken(given)) throw new TokenError('what was given is no token');
    return given;
  }

  return {
    get(refused) {
      // One that another request has renewed meanwhile, or is renewing, is not renewed again.
      if (held && (refused === undefined || refused !== given)) return held;
      given = undefined;
      const asked = ask(refused);
      held = asked;
      asked.then(
        (value) => {
          if (held === asked) given = value;
        },
        // The next request asks anew.
        () => {
          if (held === asked) held = undefined;
        },
      );
      return asked;
    },
    giveUp() {
      if (given === undefined) held = undefined;
    },
  };
}
