import type { GrantFilter } from '../grants/rows/grouping.ts';
import { type GrantIdentity, TEXT_VALUES } from '../grants/rows/identity.ts';
import type { Principal } from '../http/bearer.ts';
import { Failure } from '../http/failure.ts';
import type { FieldFailure } from '../http/field-failures.ts';

/**
 * The grants that a token may see and revoke, as a filter. The widest permission wins: `account:admin` its account,
 * `project:admin` its account and project, `account:member` its user in its account.
 *
 * @throws Failure 403 for a token without any of them, or without the account or project they apply to
 */
export function visibleGrants({ permissions, account_id, project_id, user_id }: Principal): GrantFilter {
  if (account_id !== undefined) {
    if (permissions.includes('account:admin')) return { account_id };
    if (permissions.includes('project:admin') && project_id !== undefined) return { account_id, project_id };
    if (permissions.includes('account:member')) return { account_id, user_id };
  }
  throw new Failure(
    'forbidden',
    'The access token needs account_id and one of the permissions account:member, project:admin (with project_id) or account:admin.',
  );
}

/** How wide the widest permission of a token is, which may see some grants: 2 for an account, 1 for a project, 0 for a user. */
export function rankOf(principal: Principal): number {
  const { user_id, project_id } = visibleGrants(principal);
  if (user_id !== undefined) return 0;
  return project_id === undefined ? 2 : 1;
}

type Filters = { [Name in (typeof TEXT_VALUES)[number]]?: string | undefined };

/**
 * Narrows the visible grants to those a request asks for.
 *
 * @param where the part of the request the filters came in, for the error
 * @throws Failure 403 naming the filter that reaches outside: never an empty list, never another user's data
 */
export function narrow(visible: GrantFilter, filters: Filters, where: FieldFailure['in']): GrantFilter {
  const narrowed = { ...visible };
  for (const name of TEXT_VALUES) {
    const wanted = filters[name];
    if (wanted === undefined) continue;
    if (visible[name] !== undefined && visible[name] !== wanted) {
      const field = where === 'body' ? `/${name}` : name;
      throw new Failure('forbidden', `This access token may only ask for its own ${name}.`, {
        fields: [{ in: where, field, detail: "is outside of the token's permission" }],
      });
    }
    narrowed[name] = wanted;
  }
  return narrowed;
}

/** Whether a grant is among the visible ones. */
export function isVisible(visible: GrantFilter, grant: GrantIdentity): boolean {
  return TEXT_VALUES.every((name) => visible[name] === undefined || visible[name] === grant[name]);
}
