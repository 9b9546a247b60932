/*
 * `npm test` runs a sample of similar cases, so that it stays quick. With `TESTS=all`, as in `.ci/run`, it runs them all.
 */
export const isAll = process.env.TESTS === 'all';

/**
 * The files that `npm test` leaves out: those that start many processes, drive a browser, install packages or look for
 * mutants.
 */
export const leftOut = isAll ? [] : ['**/*.slow.test.ts'];

/** Some of the cases, spread evenly from the first to the last; with `TESTS=all`, every one. */
export function some<Case>(cases: readonly Case[], count: number): Case[] {
  if (isAll || count >= cases.length) return [...cases];
  const step = (cases.length - 1) / Math.max(1, count - 1);
  const chosen = new Set(Array.from({ length: count }, (_, index) => Math.round(index * step)));
  return cases.filter((_, index) => chosen.has(index));
}

/** How often something is tried: a few times, or often with `TESTS=all`. */
export function times(few: number, often: number): number {
  return isAll ? often : few;
}
