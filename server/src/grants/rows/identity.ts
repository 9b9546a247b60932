import { parseBounded } from '../../bounded-json.ts';
import { checked } from '../../database/filters.ts';

/** The six values that identify a grant. `scope` is a sorted set. */
export interface GrantIdentity {
  client_id: string;
  user_id: string;
  account_id: string;
  project_id: string;
  resource: string;
  scope: string[];
}

/** The values that are plain strings, in the order that grant ids and sorting use. */
export const TEXT_VALUES = ['client_id', 'user_id', 'account_id', 'project_id', 'resource'] as const;

/**
 * The six values as the database compares them: in its key order, and each a string.
 *
 * @throws TypeError if one is not a string
 */
export function checkedIdentity(identity: GrantIdentity): GrantIdentity {
  const { client_id, user_id, account_id, project_id, resource, scope } = identity;
  return {
    client_id: checked(client_id),
    user_id: checked(user_id),
    account_id: checked(account_id),
    project_id: checked(project_id),
    resource: checked(resource),
    scope: scope.map(checked),
  };
}

/**
 * Orders two strings by code point, as MongoDB does; both sides must agree on what "sorted" means. JavaScript's `<`
 * compares UTF-16 units: it is fast, and differs only if both strings contain surrogates or units above them.
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  if (!SURROGATE_OR_ABOVE.test(left) || !SURROGATE_OR_ABOVE.test(right)) return left < right ? -1 : 1;
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    // Surrogates stand for code points above every single unit, though some single units have higher numbers.
    const isPair = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    return isPair(a) === isPair(b) ? a - b : isPair(a) ? 1 : -1;
  }
  return left.length - right.length;
}

const SURROGATE_OR_ABOVE = /[\ud800-\uffff]/;

/** Orders grants by their six values: the tie-break that makes every sort order total. */
export function compareIdentities(left: GrantIdentity, right: GrantIdentity): number {
  for (const name of TEXT_VALUES) {
    const order = compareText(left[name], right[name]);
    if (order !== 0) return order;
  }
  for (const [index, scope] of left.scope.entries()) {
    const other = right.scope[index];
    if (other === undefined) return 1;
    const order = compareText(scope, other);
    if (order !== 0) return order;
  }
  return left.scope.length - right.scope.length;
}

/**
 * A grant's public id: base64url of the JSON of its six values, in the published order, without spaces and with the
 * scope as a sorted set (seed page "OAuth Grants", `grant_id`). The id of a grant never changes.
 */
export function encodeGrantId(identity: GrantIdentity): string {
  const { client_id, user_id, account_id, project_id, resource } = identity;
  const scope = isSortedSet(identity.scope) ? identity.scope : [...new Set(identity.scope)].sort(compareText);
  const json = JSON.stringify({ client_id, user_id, account_id, project_id, resource, scope });
  return Buffer.from(json).toString('base64url');
}

/**
 * Reads the six values from a grant id; returns undefined if it is not one of ours. Each grant has one spelling: an id
 * that decodes but would be encoded differently (other key order, unsorted scope, padding) is rejected.
 */
export function decodeGrantId(grantId: string): GrantIdentity | undefined {
  if (grantId.length > MAX_ID_LENGTH) return undefined;
  const identity = parseBounded(Buffer.from(grantId, 'base64url'));
  // Sorting a hostile scope costs far more than seeing that it is unsorted.
  if (!isIdentity(identity) || !isSortedSet(identity.scope)) return undefined;
  return encodeGrantId(identity) === grantId ? identity : undefined;
}

/** The limit on a request's headers, which the path is part of; in characters. */
const MAX_ID_LENGTH = 256 * 1024;

function isSortedSet(texts: string[]): boolean {
  return texts.every((text, index) => index === 0 || compareText(texts[index - 1] ?? '', text) < 0);
}

function isIdentity(value: unknown): value is GrantIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    TEXT_VALUES.every((name) => isText(fields[name])) &&
    Array.isArray(fields.scope) &&
    fields.scope.every(isText)
  );
}

/** A lone surrogate cannot be stored: BSON would replace it, and so name another grant. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}
