/** A seeded random source, which makes the same demo on every machine. */
export interface Chance {
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
  /** True in `percent` of 100 cases. */
  often(percent: number): boolean;
  /** 24 hexadecimal digits, as MongoDB ids are usually written. */
  id(): string;
}

/** Creates a random source from a seed (the mulberry32 generator). */
export function createChance(seed: number): Chance {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    between,
    pick(items) {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    often: (percent) => next() * 100 < percent,
    id: () => Array.from({ length: 6 }, () => between(0, 0xffff).toString(16).padStart(4, '0')).join(''),
  };
}
