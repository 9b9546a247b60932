import type { OAuthGrant } from '@grantkeeper/sdk';
import { appName } from './app-name.ts';

/** What to call the user of a grant; undefined if their id is all that is known. */
export function userName(grant: OAuthGrant | undefined): string | undefined {
  return grant?.user_name ?? grant?.user_email;
}

/** A grant by the names of its client and user. */
export function nameOf(grant: OAuthGrant): string {
  return `${appName(grant)}, ${userName(grant) ?? grant.user_id}`;
}
