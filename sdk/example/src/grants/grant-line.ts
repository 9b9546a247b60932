import type { OAuthGrant } from '@grantkeeper/sdk';
import { BYTE_ORDER_MARK, csvLine } from '../shared/csv.ts';

/** Everything that the API says of a grant, as it says it: times in ISO 8601, scopes with spaces between them. */
const COLUMNS = [
  'client_id',
  'client_name',
  'user_id',
  'user_name',
  'user_email',
  'account_id',
  'project_id',
  'project_name',
  'resource',
  'scope',
  'status',
  'suspended_until',
  'token_count',
  'granted_at',
  'created_at',
  'last_used_at',
  'expires_at',
  'grant_id',
] as const satisfies (keyof OAuthGrant)[];

/** The first line of the file. */
export const HEAD = `${BYTE_ORDER_MARK}${csvLine(COLUMNS)}`;

/** A grant as a line of the file. */
export function lineOf(grant: OAuthGrant): string {
  return csvLine(COLUMNS.map((name) => (name === 'scope' ? grant.scope.join(' ') : grant[name])));
}
