import type { Case } from '../case.ts';
import type { Call, Client } from '../client.ts';
import { objectsIn } from './lists.ts';

/** A grant as an answer has it, of which nothing else is known yet. */
export type Grant = Record<string, unknown>;

export const LIST = 'listOAuthGrants';
/** The largest page. */
export const MAX_LIMIT = 1_000;

/** Lists grants: active ones, unless the query says otherwise; as many as one page holds by default. */
export async function listGrants(
  test: Case,
  client: Client,
  { query = {}, token }: Pick<Call, 'query' | 'token'> = {},
): Promise<Grant[]> {
  const call = { query: { limit: MAX_LIMIT, ...query }, ...(token === undefined ? {} : { token }) };
  return objectsIn((await client.succeed(test, LIST, call)).body, 'grants');
}

/** Reads one grant, as its admin sees it. */
export async function readGrant(test: Case, client: Client, { grant_id }: Grant): Promise<Grant> {
  const query = { include_suspension: true };
  const { body } = await client.succeed(test, 'getOAuthGrant', { path: pathOf({ grant_id }), query });
  return body;
}

/** The path to a grant. */
export function pathOf({ grant_id }: Grant): { grant_id: string } {
  return { grant_id: String(grant_id) };
}

/** Active grants that nobody has suspended, those granted first in front; ends the case if there are too few. */
export async function activeGrants(test: Case, client: Client, least: number): Promise<Grant[]> {
  const query = { include_suspension: true, sort_by: 'granted_at', sort_order: 'asc' };
  const grants = (await listGrants(test, client, { query })).filter((one) => !('suspended_until' in one));
  if (grants.length < least) test.skip(`there are fewer than ${least} active grants`);
  return grants;
}
