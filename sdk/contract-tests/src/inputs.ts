import { CannotRun } from './cannot-run.ts';
import type { DocumentName } from './documents.ts';

/** What workflows name as inputs. */
export type Inputs = Record<string, string>;

/** The input that is a document's token, and the one of somebody who sees none of the same grants. */
export const TOKENS: Record<DocumentName, { own: string; other: string | undefined }> = {
  'oauth-grants': { own: 'account_admin_token', other: 'other_account_admin_token' },
  'account-grants': { own: 'person_token', other: 'other_person_token' },
  'me-grants': { own: 'person_token', other: 'other_person_token' },
  'user-consent-scopes': { own: 'management_token', other: undefined },
};

/** Inputs that are sent in a header. */
const IN_HEADER = /(_token|verification_id)$/;
const SENDABLE = /^[!-~]+$/;

/**
 * The inputs of a run: those given, and the token for every document whose own is not among them. An empty one, such as
 * the variable of a secret that a CI server does not have, is none.
 *
 * @throws CannotRun if one is sent in a header and cannot be
 */
export function inputsOf(given: Inputs, token: string | undefined): Inputs {
  const own = Object.values(TOKENS).map((one) => [one.own, token ?? '']);
  const named = Object.entries(given).filter(([, value]) => value !== '');
  const inputs: Inputs = Object.fromEntries([...own, ...named].filter(([, value]) => value !== ''));
  for (const [name, value] of Object.entries(inputs)) {
    if (!IN_HEADER.test(name) || SENDABLE.test(value)) continue;
    const whose = name in given ? name : 'the token';
    throw new CannotRun(`${whose} has a character that it cannot be sent with, such as a line break`);
  }
  return inputs;
}
