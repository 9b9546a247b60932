import converter, { type Options } from 'openapi-to-postmanv2';
import postman from 'postman-collection';
import { stringify } from 'yaml';
import { type Contract, mergeContracts } from '../../../scripts/generate/merge-contracts.ts';
import { EXAMPLE_SERVER } from '../../../server/src/docs/addresses.ts';
import type { ApiDocument } from '../library/documents.ts';

/**
 * Each document as JSON, as YAML and as a collection for Postman, and all of them as one: the path of a file in the
 * site, and what is in it.
 */
export async function downloads(documents: ApiDocument[]): Promise<[path: string, content: string][]> {
  const contracts = new Map(
    documents.map(({ name, source }): [string, Contract] => [name, JSON.parse(source)]),
  );
  const all = { ...mergeContracts(contracts), servers: [{ url: EXAMPLE_SERVER }] };
  const files: [string, string][] = [];
  for (const [name, contract] of [...contracts, ['grantkeeper', all] as const]) {
    const json = `${JSON.stringify(contract, null, 2)}\n`;
    files.push(
      [`openapi/${name}.json`, json],
      [`openapi/${name}.yaml`, stringify(contract, { aliasDuplicateObjects: false })],
      [`openapi/${name}.postman.json`, await collectionOf(json)],
    );
  }
  return files;
}

/** A document as a collection for Postman. Only what a request must have is filled in. */
function collectionOf(json: string): Promise<string> {
  const options: Options = {
    folderStrategy: 'Tags',
    parametersResolution: 'Example',
    enableOptionalParameters: false,
  };
  return new Promise((resolve, reject) => {
    converter.convertV2({ type: 'string', data: json }, options, (error, result) => {
      const data = result?.output?.[0]?.data;
      if (error || !data) return reject(error ?? new Error(result?.reason));
      const collection = new postman.Collection(data);
      collection.variables.add(new postman.Variable({ key: 'bearerToken', value: '' }));
      collection.forEachItem(({ request: { headers } }) => {
        // Optional in the document, but without it the answer is a 401.
        const verification = headers.one('logto-verification-id');
        if (verification) verification.disabled = false;
      });
      // Its ids are drawn anew each time, and nothing needs them.
      const withoutIds = (key: string, value: unknown) =>
        /^(?:_postman_)?id$/.test(key) ? undefined : value;
      resolve(`${JSON.stringify(collection.toJSON(), withoutIds, 2)}\n`);
    });
  });
}
