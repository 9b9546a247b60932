import { SERVER } from './server-address.ts';

/** Someone, or something, of the demo that a visitor can be. */
interface Person {
  id: string;
  name: string;
  role: string;
  /** The documents that their tokens are good for. */
  documents: string[];
  /** What the header `logto-verification-id` has to say, for the document that wants it. */
  verification_id?: string;
}

interface Token {
  access_token: string;
  /** In seconds. */
  expires_in: number;
}

/** Before a token of the demo ends another takes its place. */
const RENEW_BEFORE_MS = 10_000;

const tokenField = document.querySelector<HTMLInputElement>('#token');
const choice = document.querySelector<HTMLSelectElement>('#person');
const status = document.querySelector<HTMLElement>('#token-status');
let people: Person[] = [];
/** By this page's clock; never for a token that was pasted. */
let renewAt = Number.POSITIVE_INFINITY;

/** Asks the demo for its people. Other servers have none, and a token is pasted. */
export async function startPeople(): Promise<void> {
  people = (await askDemo<{ people: Person[] }>('people'))?.people ?? [];
  if (people.length === 0) return;
  choice?.closest('label')?.removeAttribute('hidden');
  choice?.addEventListener('change', takeToken);
  // Whoever pastes a token is nobody of the demo any more.
  tokenField?.addEventListener('input', () => {
    if (choice) choice.value = '';
    renewAt = Number.POSITIVE_INFINITY;
    say('');
  });
}

/** Offers the people whose tokens are good for a document. Whoever was chosen stays, if one of them. */
export function offerPeopleFor(name: string): void {
  if (!choice) return;
  const chosen = choice.value;
  const able = people.filter(({ documents }) => documents.includes(name));
  choice.length = 1;
  choice.append(...able.map(({ id, name, role }) => new Option(`${name}, ${role.toLowerCase()}`, id)));
  choice.value = able.some(({ id }) => id === chosen) ? chosen : '';
  if (choice.value !== chosen) void takeToken();
}

/** What a request to a document is sent with: the token of whoever was chosen, or the one that was pasted. */
export async function credentialsFor(name: string): Promise<Record<string, string>> {
  if (Date.now() >= renewAt) await takeToken();
  const token = tokenField?.value.trim();
  const { verification_id } = people.find(({ id }) => id === choice?.value) ?? {};
  return {
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
    ...(verification_id && name === 'account-grants' ? { 'logto-verification-id': verification_id } : {}),
  };
}

/** Puts a token of the chosen person into the field; of nobody, none. */
async function takeToken(): Promise<void> {
  if (!choice || !tokenField) return;
  const chosen = choice.value;
  tokenField.value = '';
  say('');
  // A request that is sent before this one is answered asks for a token itself.
  renewAt = chosen ? 0 : Number.POSITIVE_INFINITY;
  if (!chosen) return;
  const token = await askDemo<Token>(`people/${chosen}/token`, 'POST');
  // Somebody else was chosen meanwhile, and has an answer of their own.
  if (choice.value !== chosen) return;
  if (!token) return say('No token came. Please try again.');
  tokenField.value = token.access_token;
  renewAt = Date.now() + token.expires_in * 1000 - RENEW_BEFORE_MS;
  const minutes = Math.round(token.expires_in / 60);
  say(`A token for ${choice.selectedOptions[0]?.text}, good for ${minutes} minutes and then renewed.`);
}

/** Asks the demo; undefined where the server has none, or does not answer. */
async function askDemo<Answer>(path: string, method = 'GET'): Promise<Answer | undefined> {
  if (!SERVER) return undefined;
  try {
    const response = await fetch(`${SERVER}/app/${path}`, { method });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

function say(text: string): void {
  if (status) status.textContent = text;
}

// The field works as it changes: there is nothing to send.
tokenField?.form?.addEventListener('submit', (event) => event.preventDefault());
