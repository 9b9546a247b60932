import { readFileSync } from 'node:fs';

/** A call of the SDK, as `sdk/api.md` lists it. */
export interface SdkCall {
  /** Such as `grantkeeper.grants.list`. */
  name: string;
  parameters: string[];
  /** Whether it answers anything. */
  answers: boolean;
}

const REFERENCE = new URL('../../../sdk/api.md', import.meta.url);
const CALL = /^- `(grantkeeper(?:\.\w+(?:\(\w+\))?)+?)\(([^`]*)\): ([^`]+)` `([A-Z]+ [^`]+)`$/gm;

/**
 * Reads which call of the SDK makes which operation from its reference, which is generated from its sources.
 *
 * @returns method and path of an operation to the first call that is listed for it
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
