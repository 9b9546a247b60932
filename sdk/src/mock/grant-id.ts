import { isObject, isWellFormed } from './schema.ts';

const TEXTS = ['client_id', 'user_id', 'account_id', 'project_id', 'resource'] as const;

/**
 * Whether a text is the id of a grant at all, be there one or not: base64url of the JSON of the six values that identify
 * a grant, in their order and with the scope as a sorted set.
 */
export function isGrantId(text: string): boolean {
  try {
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = atob(base64);
    const json = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)),
    );
    return btoa(bytes).replace(/=+$/, '') === base64 && isIdentity(JSON.parse(json), json);
  } catch {
    return false;
  }
}

/** Whether these are the six values, written as the server writes them. */
function isIdentity(value: unknown, json: string): boolean {
  if (!isObject(value)) return false;
  const { scope } = value;
  const texts = TEXTS.map((name) => value[name]);
  const isText = (one: unknown) => typeof one === 'string' && isWellFormed(one);
  if (!Array.isArray(scope) || ![...texts, ...scope].every(isText)) return false;
  const isSorted = scope.every((one, index) => index === 0 || String(scope[index - 1]) < one);
  const written = Object.fromEntries(TEXTS.map((name) => [name, value[name]]));
  return isSorted && JSON.stringify({ ...written, scope }) === json;
}
