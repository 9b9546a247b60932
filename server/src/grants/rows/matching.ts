import { compareText } from './identity.ts';
import { areBeginnings, foldedText, searchedWords, wordsOf } from './words.ts';

/** What was typed to find someone or something, as it is compared. */
export interface Typed {
  /** May be an id. */
  text: string;
  folded: string;
  /** All its words. */
  words: string[];
  /** Those that the others follow from, the longest first. */
  searched: string[];
}

export function readTyped(text: string): Typed {
  const words = wordsOf(text, Number.POSITIVE_INFINITY);
  return { text, folded: foldedText(text.trim()), words, searched: searchedWords(words) };
}

/** How well something matches: the lower `rank`, the better; `key` sorts those of one rank. */
export interface Match {
  id: string;
  rank: number;
  key: string;
}

/**
 * Whether something is what was typed, and how well: 0 by its id, 1 if every word typed is a word of its texts, 2 if one
 * of its texts begins with what was typed, 3 if every word typed is the beginning of one of its words.
 *
 * @param texts what it is called; the first is what it is sorted by
 */
export function matchOf(
  { text, folded, words, searched }: Typed,
  id: string,
  texts: string[],
): Match | undefined {
  const key = foldedText(texts[0] ?? id);
  if (id === text) return { id, rank: 0, key };
  const own = new Set(texts.flatMap((one) => wordsOf(one)));
  if (!areBeginnings(searched, [...own])) return undefined;
  if (words.every((word) => own.has(word))) return { id, rank: 1, key };
  return { id, rank: texts.some((one) => foldedText(one).startsWith(folded)) ? 2 : 3, key };
}

/** Sorts matches, the best first. */
export function byRank(one: Match, other: Match): number {
  return one.rank - other.rank || compareText(one.key, other.key) || compareText(one.id, other.id);
}
