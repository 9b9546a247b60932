/** A word of a text, and how much it says of what was looked for. */
interface Match {
  start: number;
  end: number;
  term: string;
  weight: number;
}

const LENGTH = 240;
/** How much of a long sentence is shown before what was found in it. */
const LEAD = 60;
const WORD = /[\p{L}\p{N}_]+/gu;
const SENTENCE = /(?<=[.!?:;])\s+/g;

/**
 * The part of a text that shows most of what was looked for, from the beginning of a sentence where that is near; how the
 * text begins, where it has none of it.
 *
 * @param text on one line
 * @param termsOf the terms that a word of it was indexed under
 * @param weights of the terms that were found, by how near each is to what was asked
 */
export function excerptOf(
  text: string,
  termsOf: (word: string) => string[],
  weights: Map<string, number>,
): string {
  const matches = matchesIn(text, termsOf, weights);
  const sentences = [0, ...[...text.matchAll(SENTENCE)].map((end) => end.index + end[0].length)];
  const starts = matches.map(({ start, end }) => startFor(text, sentences, start, end));
  let best = { start: 0, score: 0 };
  for (const start of new Set(starts)) {
    const score = scoreOf(matches, start);
    // More by less than what rounding makes is not more: the earlier one stays.
    if (score > best.score + 1e-9) best = { start, score };
  }
  return cut(text, best.start);
}

function matchesIn(text: string, termsOf: (word: string) => string[], weights: Map<string, number>): Match[] {
  const found = [...text.matchAll(WORD)].flatMap(({ 0: word, index }) => {
    const known = termsOf(word).filter((term) => weights.has(term));
    const term = known.sort((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))[0];
    return term === undefined
      ? []
      : [{ start: index, end: index + word.length, term, weight: weights.get(term) ?? 0 }];
  });
  const times = new Map<string, number>();
  for (const { term } of found) times.set(term, (times.get(term) ?? 0) + 1);
  // A word that the text has everywhere says little about any part of it.
  return found.map((match) => ({ ...match, weight: match.weight / Math.sqrt(times.get(match.term) ?? 1) }));
}

/** Where an excerpt that has a match begins. */
function startFor(text: string, sentences: number[], start: number, end: number): number {
  const sentence = sentences.findLast((one) => one <= start) ?? 0;
  if (end - sentence <= LENGTH) return sentence;
  const near = text.lastIndexOf(' ', start - LEAD) + 1;
  return Math.max(near, sentence);
}

/** Each term counts once. */
function scoreOf(matches: Match[], from: number): number {
  const inside = matches.filter(({ start, end }) => start >= from && end <= from + LENGTH);
  return [...new Map(inside.map(({ term, weight }) => [term, weight])).values()].reduce((a, b) => a + b, 0);
}

function cut(text: string, start: number): string {
  const part = text.slice(start, start + LENGTH).toWellFormed();
  const isEnd = start + LENGTH >= text.length;
  return `${start > 0 ? '…' : ''}${part}${isEnd ? '' : '…'}`;
}
