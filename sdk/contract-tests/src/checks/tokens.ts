import type { Case } from '../case.ts';
import type { Client } from '../client.ts';
import type { DocumentName, Operation } from '../documents.ts';
import type { KnownValues } from '../requests/known-values.ts';
import { type Check, NOBODY } from './check.ts';
import { anyPath } from './paths.ts';

/** A check of each document: every operation that may be called refuses a request without a good token. */
export function tokenChecks(documents: DocumentName[]): Check[] {
  return documents.map((document) => ({
    document,
    name: 'a request without a good access token is refused',
    async run(test, { client, known }) {
      const operations = client.operations.filter((one) => one.document === document && client.mayCall(one));
      for (const operation of operations) {
        for (const [what, token] of badTokens(client.tokenOf(document))) {
          await expectRefusal(test, client, { operation, known, what, token });
        }
      }
    },
  }));
}

/** Tokens that no server may accept; null for none. */
function badTokens(good: string | undefined): [what: string, token: string | null][] {
  const bad: [string, string | null][] = [
    ['no token', null],
    ['a token that is none', 'contract-tests'],
  ];
  const [header, payload, signature] = good?.split('.') ?? [];
  // Of another kind of token, such a part might not be recognized as a secret where it is printed.
  if (!header?.startsWith('eyJ') || payload === undefined || signature === undefined) return bad;
  return [
    ...bad,
    ['a token without its signature', `${header}.${payload}.`],
    ['a token with a changed signature', `${header}.${payload}.${[...signature].toReversed().join('')}`],
  ];
}

async function expectRefusal(
  test: Case,
  client: Client,
  {
    operation,
    known,
    what,
    token,
  }: { operation: Operation; known: KnownValues; what: string; token: string | null },
): Promise<void> {
  const names = operation.parameters?.filter((one) => one.in === 'path') ?? [];
  const isKnown = names.every(({ name, schema }) => schema.enum !== undefined || known.of(name).length > 0);
  const hasBody = operation.requestBody !== undefined;
  const body = operation.operationId === 'revokeOAuthGrants' ? { client_id: NOBODY } : {};
  const answer = await client.call(test, operation.operationId, {
    path: anyPath(operation, known),
    token,
    ...(hasBody ? { body } : {}),
  });
  // An id that no server gave may be refused before the token is looked at.
  if (answer.status === 400 && !isKnown) return;
  if (answer.status !== 401) client.differs(test, answer, `a ${answer.status} for ${what}`);
}
