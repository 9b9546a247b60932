import { isDeepStrictEqual } from 'node:util';
import { visibleTo } from '../answers/grant-page.ts';
import type { Case } from '../case.ts';
import { type Call, claimsIn } from '../client.ts';
import type { CheckContext } from './check.ts';

/** A caller who sees part of an account: the grants with one value in one field. */
export interface Caller {
  token: string;
  field: 'user_id' | 'project_id';
  value: string;
}

/** Who sees only a part: the input that is such a token, and the field by which it is narrowed. */
export const CALLERS = [
  { who: 'a member', input: 'person_token', field: 'user_id' },
  { who: 'a project admin', input: 'project_admin_token', field: 'project_id' },
] as const;

/** Reads whose token it is; ends the case if it is missing or does not see exactly that part of the admin's account. */
export function callerOf(
  test: Case,
  { client, memberToken, projectAdminToken }: CheckContext,
  { who, input, field }: (typeof CALLERS)[number],
): Caller {
  const token = field === 'user_id' ? memberToken : projectAdminToken;
  if (token === undefined) return test.skip(`no ${input} was given`);
  const whole = seenWith(client.tokenOf('oauth-grants'));
  const part = seenWith(token);
  const value = part[field];
  const isPart =
    isDeepStrictEqual(Object.keys(whole), ['account_id']) && part.account_id === whole.account_id;
  if (!isPart || typeof value !== 'string') return test.skip(`${input} is not ${who}'s of the same account`);
  return { token, field, value };
}

/** What a token sees, by the fields that limit it; empty if it says nothing of that. */
function seenWith(token: string | undefined): Record<string, unknown> {
  const claims = claimsIn(token);
  return claims ? visibleTo(claims) : {};
}

/** What the requests of somebody carry; nothing for the account admin, whose token they carry by default. */
export type As = Pick<Call, 'token'>;

/** Everybody who reads grants: the account admin, and those who see a part. */
export const READERS: { who: string; isAdmin: boolean; asOf(test: Case, context: CheckContext): As }[] = [
  { who: 'an account admin', isAdmin: true, asOf: () => ({}) },
  ...CALLERS.map((kind) => ({
    who: kind.who,
    isAdmin: false,
    asOf: (test: Case, context: CheckContext) => ({ token: callerOf(test, context, kind).token }),
  })),
];

/** The member whose token was given; ends the case if none was. */
export function memberOf(test: Case, context: CheckContext): Caller {
  return callerOf(test, context, CALLERS[0]);
}
