import { missingGrants } from '../grants/listing.ts';
import type { GrantModel } from '../grants/read-model/model.ts';
import type { GrantFilter } from '../grants/rows/grouping.ts';
import { decodeGrantId, type GrantIdentity } from '../grants/rows/identity.ts';
import { Failure } from '../http/failure.ts';
import type { FieldFailure } from '../http/field-failures.ts';
import { isVisible } from './access.ts';
import { inSlices } from './in-slices.ts';

/**
 * The grant that an id in a path names, whether or not it exists.
 *
 * @throws Failure 400 for what is not a grant id at all, 404 for a grant that is not visible
 */
export function readGrantId(grantId: string, visible: GrantFilter): GrantIdentity {
  const identity = decodeGrantId(grantId);
  if (!identity) throw notGrantIds([{ in: 'path', field: 'grant_id', detail: NOT_A_GRANT_ID }]);
  if (!isVisible(visible, identity)) throw unknownGrant();
  return identity;
}

/** @throws Failure 404 for a grant that does not exist */
export async function mustExist(model: GrantModel, identity: GrantIdentity): Promise<void> {
  if ((await missingGrants(model, [identity])).length > 0) throw unknownGrant();
}

/**
 * The grants that a list of ids names, each once; all of them or none.
 *
 * @throws Failure 400 naming every entry that is not a grant id, else 404 naming every unknown or invisible one
 */
export async function readGrantIds(
  model: GrantModel,
  grantIds: string[],
  visible: GrantFilter,
): Promise<GrantIdentity[]> {
  const decode = (id: string) => [id, decodeGrantId(id)] as const;
  const sizes = { slice: CHARACTERS_AT_ONCE, sizeOf: (id: string) => id.length };
  const chosen = await inSlices(new Set(grantIds), decode, sizes);
  const entries = (ids: Set<string>, detail: string): FieldFailure[] =>
    grantIds.flatMap((id, index) =>
      ids.has(id) ? [{ in: 'body', field: `/grant_ids/${index}`, detail }] : [],
    );

  const malformed = new Set<string>();
  const unknown = new Set<string>();
  const grants = new Map<GrantIdentity, string>();
  for (const [id, identity] of chosen) {
    if (!identity) malformed.add(id);
    else if (!isVisible(visible, identity)) unknown.add(id);
    else grants.set(identity, id);
  }
  if (malformed.size > 0) throw notGrantIds(entries(malformed, NOT_A_GRANT_ID));
  for (const identity of await missingGrants(model, [...grants.keys()]))
    unknown.add(grants.get(identity) ?? '');
  if (unknown.size > 0) throw unknownGrant(entries(unknown, 'there is no such grant'));
  return [...grants.keys()];
}

/** How many characters of ids are decoded at once: it takes a few milliseconds. */
const CHARACTERS_AT_ONCE = 128 * 1024;

export const NOT_A_GRANT_ID = 'is not a grant id; send one exactly as this API gave it';

function notGrantIds(fields: FieldFailure[]): Failure {
  return new Failure('invalid-request', 'What was sent as a grant id is not one. Nothing was changed.', {
    fields,
  });
}

/** The same response whether a grant is unknown or not visible: it must not reveal that a grant exists. */
export function unknownGrant(fields: FieldFailure[] = []): Failure {
  return new Failure('grant-not-found', 'There is no such grant. Nothing was changed.', { fields });
}
