const number = new Intl.NumberFormat('en');

/** A number with what it counts: "1 token", "1,204 tokens". */
export function count(amount: number, thing: string): string {
  return `${number.format(amount)} ${thing}${amount === 1 ? '' : 's'}`;
}
