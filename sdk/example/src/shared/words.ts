const number = new Intl.NumberFormat('en');

/** A number as people read it: "1,204". */
export function written(amount: number): string {
  return number.format(amount);
}

/** A number with what it counts: "1 token", "1,204 tokens". */
export function count(amount: number, thing: string): string {
  return `${written(amount)} ${thing}${amount === 1 ? '' : 's'}`;
}
