import type { Collections } from '../../database/collections.ts';
import { PERSONAS, type Persona } from '../personas.ts';

/** The demo's people; programs do not sign in. */
export const PEOPLE: Persona[] = PERSONAS.filter(({ documents }) => documents.includes('me-grants'));

/** The person with this subject; undefined if the demo has none. */
export function personOf(subject: string): Persona | undefined {
  return PEOPLE.find(({ claims }) => claims.sub === subject);
}

/** The person that an app says will sign in (`login_hint`); undefined if it names none whom the demo has. */
export function personHinted(hint: unknown): Persona | undefined {
  return PEOPLE.find(({ id }) => id === hint);
}

/** Writes the people who have no row yet, so that admins see the names of those who sign in. */
export async function writePeople({ users }: Collections): Promise<void> {
  await Promise.all(
    PEOPLE.map(({ name, claims }) =>
      users.updateOne({ _id: claims.sub }, { $setOnInsert: { name } }, { upsert: true }),
    ),
  );
}
