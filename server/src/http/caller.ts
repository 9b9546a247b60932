import type { Principal } from './claims.ts';

/** Identifies a caller: who is asking, through which client, for which account and project. */
export function callerOf({ issuer, user_id, client_id, account_id, project_id }: Principal): string {
  return JSON.stringify([issuer, user_id, client_id ?? null, account_id ?? null, project_id ?? null]);
}
