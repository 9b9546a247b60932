import { readFileSync } from 'node:fs';

/** A call of the SDK, as listed in `sdk/api.md`. */
export interface SdkCall {
  /** For example `grantkeeper.grants.list`. */
  name: string;
  parameters: string[];
  /** Whether it returns anything. */
  answers: boolean;
}

const REFERENCE = new URL('../../../sdk/api.md', import.meta.url);
const CALL = /^- `(grantkeeper(?:\.\w+(?:\(\w+\))?)+?)\(([^`]*)\): ([^`]+)` `([A-Z]+ [^`]+)`$/gm;

/**
 * Reads which SDK call makes which operation, from the SDK's reference, which is generated from its sources.
 *
 * @returns the first call listed for an operation, by the operation's method and path
 */
export function readSdkCalls(): Map<string, SdkCall> {
  const calls = new Map<string, SdkCall>();
  for (const [, name = '', signature = '', type = '', operation = ''] of readFileSync(
    REFERENCE,
    'utf8',
  ).matchAll(CALL)) {
    const parameters = [...signature.matchAll(/(?:^|, )(\w+)\??: /g)].map(([, parameter = '']) => parameter);
    if (!calls.has(operation)) calls.set(operation, { name, parameters, answers: type !== 'Promise<void>' });
  }
  return calls;
}
