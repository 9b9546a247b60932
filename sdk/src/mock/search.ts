import type { OAuthGrantClient, OAuthGrantUser } from '../generated/types.gen.ts';
import type { Handlers } from './call.ts';
import { matches, visibleTo } from './caller.ts';
import { nameKey } from './grant-order.ts';

const LIMIT = 10;

/** The search for users and clients by name. */
export const searchHandlers: Handlers<'searchOAuthGrants'> = {
  searchOAuthGrants(call) {
    const { query, limit = LIMIT } = call.body;
    const users = new Map<string, OAuthGrantUser>();
    const clients = new Map<string, OAuthGrantClient>();
    for (const grant of call.state.data.grants) {
      if (!matches(grant, visibleTo(call.caller))) continue;
      const { user_id, user_name, user_email, client_id, client_name } = grant;
      users.set(user_id, { user_id, ...(user_name && { user_name }), ...(user_email && { user_email }) });
      clients.set(client_id, { client_id, client_name });
    }
    const best = <Found>(
      found: Iterable<Found>,
      idOf: (one: Found) => string,
      textsOf: (one: Found) => Texts,
    ) =>
      [...found]
        .map((one) => ({
          one,
          rank: rankOf(query, idOf(one), textsOf(one)),
          key: keyOf(textsOf(one), idOf(one)),
        }))
        .filter(({ rank }) => rank < NO_MATCH)
        .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : Number(a.key > b.key)))
        .slice(0, limit)
        .map(({ one }) => one);
    return {
      status: 200,
      body: {
        users: best(
          users.values(),
          ({ user_id }) => user_id,
          ({ user_name, user_email }) => [user_name, user_email],
        ),
        clients: best(
          clients.values(),
          ({ client_id }) => client_id,
          ({ client_name }) => [client_name],
        ),
      },
    };
  },
};

type Texts = (string | undefined)[];

const NO_MATCH = 4;

/** How well something matches, the lower the better: its id, whole words, a text that begins like this, words that do. */
function rankOf(query: string, id: string, texts: Texts): number {
  if (id === query) return 0;
  const typed = wordsOf(query);
  const words = texts.flatMap((text) => wordsOf(text ?? ''));
  if (typed.length === 0 || !typed.every((one) => words.some((word) => word.startsWith(one))))
    return NO_MATCH;
  if (typed.every((one) => words.includes(one))) return 1;
  return texts.some((text) => folded(text ?? '').startsWith(folded(query.trim()))) ? 2 : 3;
}

function keyOf(texts: Texts, id: string): string {
  return folded(texts.find((text) => text) ?? id);
}

function wordsOf(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** A text as its beginning is compared. */
function folded(text: string): string {
  return nameKey(text).replace(SPELLED_OTHERWISE, (letter) => SPELLINGS[letter] ?? letter);
}

/** Letters that are no others with an accent, and how they are typed without. */
const SPELLINGS: Record<string, string> = {
  ß: 'ss',
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ħ: 'h',
  ŧ: 't',
  ς: 'σ',
};
const SPELLED_OTHERWISE = new RegExp(`[${Object.keys(SPELLINGS).join('')}]`, 'g');
