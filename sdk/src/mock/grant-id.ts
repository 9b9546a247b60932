import { FILTERS, type Filter } from './caller.ts';
import { isObject, isWellFormed } from './schema.ts';

/**
 * What an id of a grant names, be there such a grant or not; undefined for what is no such id: base64url of the JSON of
 * the six values that identify a grant, in their order and with the scope as a sorted set.
 */
export function identityIn(text: string): Filter | undefined {
  try {
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = atob(base64);
    const json = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
    );
    return btoa(bytes).replace(/=+$/, '') === base64 ? identityOf(JSON.parse(json), json) : undefined;
  } catch {
    return undefined;
  }
}

/** These values, if they are the six, written as the server writes them. */
function identityOf(value: unknown, json: string): Filter | undefined {
  if (!isObject(value)) return undefined;
  const { scope } = value;
  const texts = FILTERS.map((name) => value[name]);
  const isText = (one: unknown) => typeof one === 'string' && isWellFormed(one);
  if (!Array.isArray(scope) || ![...texts, ...scope].every(isText)) return undefined;
  const isSorted = scope.every((one, index) => index === 0 || String(scope[index - 1]) < one);
  const identity: Filter = Object.fromEntries(FILTERS.map((name) => [name, String(value[name])]));
  return isSorted && JSON.stringify({ ...identity, scope }) === json ? identity : undefined;
}
