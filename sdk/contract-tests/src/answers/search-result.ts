import { isObject, jsonOf, type RawResponse } from '../exchange.ts';
import type { Reading } from '../requests/reading.ts';

const DEFAULT_LIMIT = 10;

/** What is wrong with what a search found, beyond its schema: how much of it there is. */
export function searchFaults({ operation, verdict, body }: Reading, response: RawResponse): string[] {
  if (operation?.operationId !== 'searchOAuthGrants' || response.status !== 200) return [];
  const found = jsonOf(response.body);
  if (verdict !== 'allowed' || !isObject(found) || !isObject(body)) return [];
  const limit = Number(body.limit ?? DEFAULT_LIMIT);
  return ['users', 'clients'].flatMap((name) => {
    const list = found[name];
    return Array.isArray(list) && list.length > limit ? [`a search with more ${name} than its limit`] : [];
  });
}
