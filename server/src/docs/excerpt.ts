import { termsOf, wordsOf } from './ranking.ts';

/** What a term of the index means for the query. */
interface Sought {
  /** The word of the query it stands for; the term itself if it is only similar: a prefix match or a misspelling. */
  word: string;
  isExact: boolean;
}

/** A word of a text that the query looks for. */
interface Match extends Sought {
  start: number;
  end: number;
  weight: number;
}

const LENGTH = 240;
/** How many characters of a long sentence are shown before the match. */
const LEAD = 60;
/** The weight of a word that is only similar to one in the query. */
const LIKENESS = 0.2;
const WORD = /[\p{L}\p{N}_]+/gu;
const SENTENCE = /(?<=[.!?:;])\s+/g;

/**
 * The part of a text that shows most of what was searched for, from the start of a sentence if one is near. Returns the
 * beginning of the text if no part contains half of the words found: then it was found by words outside the text.
 *
 * @param text on one line
 * @param found the terms of the index by which the query found it
 */
export function excerptOf(text: string, query: string, found: string[]): string {
  const sought = soughtBy(query, found);
  const matches = matchesIn(text, sought);
  const sentences = [0, ...[...text.matchAll(SENTENCE)].map((end) => end.index + end[0].length)];
  const starts = matches.map(({ start, end }) => startFor(text, sentences, start, end));
  let best = { start: 0, score: 0 };
  for (const start of new Set(starts)) {
    const score = scoreOf(matches, start);
    // A difference within rounding error is no improvement: the earlier part stays.
    if (score > best.score + 1e-9) best = { start, score };
  }
  const words = new Set([...sought.values()].filter(({ isExact }) => isExact).map(({ word }) => word));
  const shown = new Set(within(matches, best.start).flatMap(({ word, isExact }) => (isExact ? word : [])));
  return cut(text, shown.size * 2 < words.size ? 0 : best.start);
}

function matchesIn(text: string, sought: Map<string, Sought>): Match[] {
  const found = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const known = termsIn(word).flatMap((term) => sought.get(term) ?? []);
    const best = known.find(({ isExact }) => isExact) ?? known[0];
    return best ? [{ ...best, start: index, end: index + word.length }] : [];
  });
  const times = new Map<string, number>();
  for (const { word } of found) times.set(word, (times.get(word) ?? 0) + 1);
  // A word that occurs everywhere in the text says little about any part of it.
  return found.map((match) => ({
    ...match,
    weight: (match.isExact ? 1 : LIKENESS) / Math.sqrt(times.get(match.word) ?? 1),
  }));
}

/** The terms of words of texts. It grows no larger than the vocabulary of the documentation. */
const termsByWord = new Map<string, string[]>();

function termsIn(word: string): string[] {
  const known = termsByWord.get(word) ?? termsOf(word);
  termsByWord.set(word, known);
  return known;
}

/** Where an excerpt that contains a match starts. */
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

/** The terms that a search found, mapped to the words of the query. */
function soughtBy(query: string, terms: string[]): Map<string, Sought> {
  const like = terms.map((term): [string, Sought] => [term, { word: term, isExact: false }]);
  const exact = wordsOf(query).flatMap((word) =>
    termsOf(word)
      .filter((term) => terms.includes(term))
      .map((term): [string, Sought] => [term, { word, isExact: true }]),
  );
  return new Map([...like, ...exact]);
}
