import type { Grant } from '../grouping.ts';
import type { GrantIdentity } from '../identity.ts';
import { nameKey } from '../names.ts';

/** A grant as the read model keeps it. */
export interface GrantDocument extends Omit<Grant, keyof GrantIdentity> {
  _id: GrantIdentity;
  client_key: string;
  user_key: string | null;
  /** When the rows were looked at, by the database's clock: of two looks the later one wins. */
  grouped_at: Date;
}

/** Turns a grant, as it was just grouped from its rows, into its document. */
export function toDocument(grant: Grant, grouped_at: Date): GrantDocument {
  const { client_id, user_id, account_id, project_id, resource, scope, ...facts } = grant;
  return {
    _id: { client_id, user_id, account_id, project_id, resource, scope },
    ...facts,
    ...nameKeys(grant),
    grouped_at,
  };
}

/** What names sort by. */
export function nameKeys({ client_name, user_name }: Pick<Grant, 'client_name' | 'user_name'>) {
  return { client_key: nameKey(client_name), user_key: user_name === null ? null : nameKey(user_name) };
}

/** The grant that a document is about. */
export function fromDocument({ _id, client_key, user_key, grouped_at, ...facts }: GrantDocument): Grant {
  return { ..._id, ...facts };
}
