import { isOneOf } from '../database/filters.ts';
import type { GrantModel } from './read-model/model.ts';
import type { GrantIdentity } from './rows/identity.ts';
import { readText } from './rows/values.ts';

/**
 * The names of the grants' projects by their ids, read in one command. A project without a row, or without a name, has
 * none here.
 *
 * @param grants only such as the caller sees: whoever sees a grant of a project may know the project's name
 */
export async function readProjectNames(
  { store: { projects } }: GrantModel,
  grants: readonly GrantIdentity[],
): Promise<Map<string, string>> {
  const ids = [...new Set(grants.map(({ project_id }) => project_id))];
  if (ids.length === 0) return new Map();
  const options = { projection: { name: 1 }, batchSize: ids.length + 1 };
  const rows = await projects.find({ _id: isOneOf(ids) }, options).toArray();
  return new Map(
    rows.flatMap(({ _id, name }): [string, string][] => {
      const text = readText(name);
      return text === null ? [] : [[_id, text]];
    }),
  );
}
