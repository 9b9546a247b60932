import { stringify } from 'yaml';
import { type Contract, mergeContracts } from '../../../scripts/generate/merge-contracts.ts';
import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';
import type { ApiDocument } from '../library/documents.ts';

/** Each document as JSON and YAML, and all of them as one: the path of a file in the site, and what is in it. */
export function downloads(documents: ApiDocument[]): [path: string, content: string][] {
  const contracts = new Map(
    documents.map(({ name, source }): [string, Contract] => [name, JSON.parse(source)]),
  );
  const all = { ...mergeContracts(contracts), servers: [{ url: EXAMPLE_SERVER }] };
  return [...contracts, ['grantkeeper', all] as const].flatMap(([name, contract]): [string, string][] => [
    [`openapi/${name}.json`, `${JSON.stringify(contract, null, 2)}\n`],
    [`openapi/${name}.yaml`, stringify(contract, { aliasDuplicateObjects: false })],
  ]);
}
