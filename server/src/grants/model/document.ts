import { GRANT_STATUSES, type Grant, type GrantStatus } from '../grouping.ts';
import type { GrantIdentity } from '../identity.ts';
import { nameKey } from '../name-key.ts';

/** A grant as the read model keeps it. */
export interface GrantDocument extends Omit<Grant, keyof GrantIdentity | 'status'> {
  _id: GrantIdentity;
  /** A grant whose rows are all gone stays as `gone`, so that a look from before they went cannot bring it back. */
  status: GrantStatus | 'gone';
  client_key: string;
  user_key: string | null;
  /** Which look at the rows this comes from: of two the later wins. */
  look: bigint;
  /** When it was found gone, by the database's clock. */
  gone_at?: Date;
}

/** The filter on documents of grants that are not gone. */
export const IS_SHOWN = { status: { $in: [...GRANT_STATUSES] } };

/** Turns a grant, as it was just grouped from its rows, into its document. */
export function toDocument(grant: Grant, look: bigint): GrantDocument {
  const { client_id, user_id, account_id, project_id, resource, scope, ...facts } = grant;
  return {
    _id: { client_id, user_id, account_id, project_id, resource, scope },
    ...facts,
    ...nameKeys(grant),
    look,
  };
}

/** What names sort by. */
export function nameKeys({ client_name, user_name }: Pick<Grant, 'client_name' | 'user_name'>) {
  return { client_key: nameKey(client_name), user_key: user_name === null ? null : nameKey(user_name) };
}

/** The grant that a document is about; undefined when it is gone. */
export function fromDocument(document: GrantDocument): Grant | undefined {
  const { _id, status, client_key, user_key, look, gone_at, ...facts } = document;
  return status === 'gone' ? undefined : { ..._id, ...facts, status };
}
