import type { OAuthGrant } from '@grantkeeper/sdk';
import { appName, seen } from './app-name.ts';

/** What to call the user of a grant; undefined if their id is all that is known. */
export function userName(user: Pick<OAuthGrant, 'user_name' | 'user_email'> | undefined): string | undefined {
  return seen(user?.user_name) ?? seen(user?.user_email);
}

/** What to call the project of a grant; undefined if its id is all that is known. */
export function projectName(grant: OAuthGrant | undefined): string | undefined {
  return seen(grant?.project_name);
}

/** A grant by the names of its client and user. */
export function nameOf(grant: OAuthGrant): string {
  return `${appName(grant)}, ${userName(grant) ?? grant.user_id}`;
}
