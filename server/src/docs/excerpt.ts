/** What a term of the index says of what was looked for. */
export interface Sought {
  /** Which word of the question it stands for; itself, where it is only like one: begun, or misspelt. */
  word: string;
  isExact: boolean;
}

/** A word of a text that was looked for. */
interface Match extends Sought {
  start: number;
  end: number;
  weight: number;
}

const LENGTH = 240;
/** How much of a long sentence is shown before what was found in it. */
const LEAD = 60;
/** How much a word says that is only like one that was asked for. */
const LIKENESS = 0.2;
const WORD = /[\p{L}\p{N}_]+/gu;
const SENTENCE = /(?<=[.!?:;])\s+/g;

/**
 * The part of a text that shows most of what was looked for, from the beginning of a sentence where that is near. How the
 * text begins, where no part of it has half of what was found: then it was found by other words than its own.
 *
 * @param text on one line
 * @param termsOf the terms that a word of it was indexed under
 * @param sought the terms that were found
 */
export function excerptOf(
  text: string,
  termsOf: (word: string) => string[],
  sought: Map<string, Sought>,
): string {
  const matches = matchesIn(text, termsOf, sought);
  const sentences = [0, ...[...text.matchAll(SENTENCE)].map((end) => end.index + end[0].length)];
  const starts = matches.map(({ start, end }) => startFor(text, sentences, start, end));
  let best = { start: 0, score: 0 };
  for (const start of new Set(starts)) {
    const score = scoreOf(matches, start);
    // More by less than what rounding makes is not more: the earlier one stays.
    if (score > best.score + 1e-9) best = { start, score };
  }
  const words = new Set([...sought.values()].filter(({ isExact }) => isExact).map(({ word }) => word));
  const shown = new Set(within(matches, best.start).flatMap(({ word, isExact }) => (isExact ? word : [])));
  return cut(text, shown.size * 2 < words.size ? 0 : best.start);
}

function matchesIn(text: string, termsOf: (word: string) => string[], sought: Map<string, Sought>): Match[] {
  const found = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const known = termsOf(word).flatMap((term) => sought.get(term) ?? []);
    const best = known.find(({ isExact }) => isExact) ?? known[0];
    return best ? [{ ...best, start: index, end: index + word.length }] : [];
  });
  const times = new Map<string, number>();
  for (const { word } of found) times.set(word, (times.get(word) ?? 0) + 1);
  // A word that the text has everywhere says little about any part of it.
  return found.map((match) => ({
    ...match,
    weight: (match.isExact ? 1 : LIKENESS) / Math.sqrt(times.get(match.word) ?? 1),
  }));
}

/** Where an excerpt that has a match begins. */
function startFor(text: string, sentences: number[], start: number, end: number): number {
  const sentence = sentences.findLast((one) => one <= start) ?? 0;
  if (end - sentence <= LENGTH) return sentence;
  const near = text.lastIndexOf(' ', start - LEAD) + 1;
  return Math.max(near, sentence);
}

function within(matches: Match[], from: number): Match[] {
  return matches.filter(({ start, end }) => start >= from && end <= from + LENGTH);
}

/** Each word counts once. */
function scoreOf(matches: Match[], from: number): number {
  const weights = new Map(within(matches, from).map(({ word, weight }) => [word, weight]));
  return [...weights.values()].reduce((sum, weight) => sum + weight, 0);
}

function cut(text: string, start: number): string {
  const part = text.slice(start, start + LENGTH).toWellFormed();
  const isEnd = start + LENGTH >= text.length;
  return `${start > 0 ? '…' : ''}${part}${isEnd ? '' : '…'}`;
}
