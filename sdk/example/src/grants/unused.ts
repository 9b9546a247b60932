import { oneOf } from '../shared/address.ts';

/** For how many days grants have not been used, and how that is said. */
export const UNUSED = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['180', '180 days'],
  ['365', '1 year'],
] as const;

export type Unused = (typeof UNUSED)[number][0];

const DAY = 24 * 60 * 60 * 1_000;

/** The number of days that a text says, if it is one of those to choose from. */
export function readUnused(text: string | null): Unused | undefined {
  return oneOf(
    UNUSED.map(([days]) => days),
    text,
  );
}

/** A number of days in words. */
export function inWords(unused: Unused): string | undefined {
  return UNUSED.find(([days]) => days === unused)?.[1];
}

/** The moment since which grants are unused: the beginning of a day, so that it is the same until tomorrow. */
export function unusedSince(unused: Unused, now = Date.now()): string {
  const today = Math.floor(now / DAY) * DAY;
  return new Date(today - Number(unused) * DAY).toISOString();
}
