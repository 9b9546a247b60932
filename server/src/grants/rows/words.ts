import { nameKey } from './names.ts';

/** How many words of a text count. */
const MAX_WORDS = 32;
/** How many characters of a word count. */
const MAX_WORD_LENGTH = 64;
/** How many characters of a text are read: folding a hostile one takes long. */
const MAX_LENGTH = 1_024;

/**
 * The distinct words of a name, an e-mail or a search, as they are compared: neither case nor accents count, and ø is o.
 * A word consists of letters and digits.
 *
 * @param limit how many words
 */
export function wordsOf(text: string, limit = MAX_WORDS): string[] {
  const words = foldedText(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words.slice(0, limit).map(cut))];
}

/** A text as its beginning is compared. */
export function foldedText(text: string): string {
  return nameKey(text.slice(0, MAX_LENGTH)).replace(
    SPELLED_OTHERWISE,
    (letter) => SPELLINGS[letter] ?? letter,
  );
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
  // Lower case of a Greek sigma depends on whether it ends the word, and what is typed may go on.
  ς: 'σ',
};
const SPELLED_OTHERWISE = new RegExp(`[${Object.keys(SPELLINGS).join('')}]`, 'g');

/** Splits no surrogate pair: the database could not store half of one. */
function cut(word: string): string {
  return word.length <= MAX_WORD_LENGTH ? word : [...word].slice(0, MAX_WORD_LENGTH).join('');
}

/**
 * Words that were typed without those that another begins with, the longest first. Whoever has a word that begins with the
 * longer one has one that begins with the shorter.
 */
export function searchedWords(typed: string[]): string[] {
  const words = typed.toSorted();
  // Sorted, a word is directly followed by those that begin with it.
  return words
    .filter((word, index) => !words[index + 1]?.startsWith(word))
    .toSorted((one, other) => other.length - one.length);
}

/** Whether each searched word is the beginning of a word. Without any, nothing is found. */
export function areBeginnings(searched: string[], words: string[]): boolean {
  // None of them is the beginning of another, so each needs a word of its own.
  if (searched.length === 0 || searched.length > words.length) return false;
  return searched.every((one) => words.some((word) => word.startsWith(one)));
}
