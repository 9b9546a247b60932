const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A unit of time on a command line. */
export type Unit = keyof typeof MILLISECONDS;

/**
 * Reads the duration in an option: a whole number, not 0, and a unit.
 *
 * @returns the duration in milliseconds
 * @throws one error that names the option and gives valid examples
 */
export function readDuration(option: string, text: string, units: Unit[]): number {
  const [, amount, written] = /^([1-9]\d{0,5})([a-z])$/.exec(text) ?? [];
  const unit = units.find((one) => one === written);
  if (amount === undefined || unit === undefined) {
    const examples = units.map((one) => `${EXAMPLES[one]}${one}`).join(', ');
    throw new Error(`${option} ${text} is not a time such as ${examples}`);
  }
  return Number(amount) * MILLISECONDS[unit];
}

const EXAMPLES: Record<Unit, number> = { s: 45, m: 30, h: 36, d: 90 };

/** Reads a command line. An error in it is thrown together with the usage. */
export function readArguments<Arguments>(usage: string, read: () => Arguments): Arguments {
  try {
    return read();
  } catch (error) {
    const what = error instanceof Error ? error.message : error;
    throw new Error(`${what}\nusage: ${usage}`, { cause: error });
  }
}
