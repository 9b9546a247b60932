import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads the value of an option of a script: a whole number from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(text);
}
