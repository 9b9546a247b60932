import { InvalidArgumentError } from '@commander-js/extra-typings';

const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A unit of time on a command line. */
type Unit = keyof typeof MILLISECONDS;

const EXAMPLES: Record<Unit, number> = { s: 45, m: 30, h: 36, d: 90 };

/**
 * Makes a reader of durations: a whole number, not 0, and one of some units.
 *
 * @returns a function that returns milliseconds; it throws an error that gives valid examples
 */
export function readDuration(units: Unit[]): (text: string) => number {
  return (text) => {
    const [, amount, written] = /^([1-9]\d{0,5})([a-z])$/.exec(text) ?? [];
    const unit = units.find((one) => one === written);
    if (amount === undefined || unit === undefined) {
      const examples = units.map((one) => `${EXAMPLES[one]}${one}`).join(', ');
      throw new InvalidArgumentError(`Give a time such as ${examples}.`);
    }
    return Number(amount) * MILLISECONDS[unit];
  };
}
