import { API } from '../settings.ts';

/** Someone whom a visitor of the demo can be. */
export interface DemoPerson {
  id: string;
  name: string;
  role: string;
  /** What they may see, as a sentence. */
  sees: string;
  /** The documents that their access tokens are good for. */
  documents: string[];
}

/** Everyone whom a visitor of these pages can be. */
export async function listPeople(): Promise<DemoPerson[]> {
  const answer = await fetch(`${API}/app/people`);
  if (!answer.ok) throw new Error(`the demo answered ${answer.status}`);
  const { people }: { people: DemoPerson[] } = await answer.json();
  return people.filter(({ documents }) => documents.includes('oauth-grants'));
}
