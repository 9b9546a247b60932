import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Answer,
  type CodeSample,
  type OpenApi,
  type Parameter,
  type RequestBody,
  resolve,
} from './openapi.ts';
import { curlSample } from './samples/curl.ts';
import { readCalls, sdkSample } from './samples/sdk.ts';

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A document with what the portal says about it. */
export interface Contract {
  /** Its name among `openapi/bundled/`, and in addresses. */
  name: string;
  /** Who calls it, as a phrase after "For". */
  callers: string;
  title: string;
  summary: string;
  document: OpenApi;
  operations: Operation[];
}

export interface Operation {
  contract: string;
  contractTitle: string;
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** Scopes or permissions, any one of which will do; empty: a valid token is enough. */
  scopes: string[];
  /** Ours: the published page that the contract follows does not have it. */
  beyondPublished: boolean;
  parameters: Parameter[];
  body: RequestBody | undefined;
  answers: [status: string, answer: Answer][];
  samples: CodeSample[];
}

/** The documents, in the order in which the portal shows them. */
const CALLERS: [name: string, callers: string][] = [
  ['oauth-grants', 'members, project admins and account admins'],
  ['me-grants', 'a signed-in person'],
  ['account-grants', 'a signed-in person who has just verified again'],
  ['user-consent-scopes', 'the management API'],
];

/** Reads the bundled documents. */
export function readContracts(): Contract[] {
  const calls = readCalls(readFileSync(join(ROOT, 'sdk/api.md'), 'utf8'));
  return CALLERS.map(([name, callers]) => {
    const text = readFileSync(join(ROOT, `openapi/bundled/${name}.json`), 'utf8');
    const document: OpenApi = JSON.parse(text);
    const { title, summary } = document.info;
    const operations = operationsOf(name, document).map((operation) => ({
      ...operation,
      samples: [curlSample(operation), sdkSample(operation, calls)],
    }));
    return { name, callers, title, summary, document, operations };
  });
}

function operationsOf(contract: string, document: OpenApi): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      contract,
      contractTitle: document.info.title,
      id: raw.operationId,
      method: method.toUpperCase(),
      path,
      tag: raw.tags[0],
      summary: raw.summary,
      description: raw.description.trim(),
      scopes: (raw.security ?? document.security).flatMap((one) => Object.values(one).flat()),
      beyondPublished: raw['x-beyond-published'] ?? false,
      parameters: (raw.parameters ?? []).map((one) => resolve<Parameter>(document, one)),
      body: raw.requestBody && resolve<RequestBody>(document, raw.requestBody),
      answers: Object.entries(raw.responses).map(([status, one]) => [status, resolve<Answer>(document, one)]),
      samples: [],
    })),
  );
}
